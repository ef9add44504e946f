import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectionStore } from '../state/connection.ts';
import { fetchedView } from './fetched_view.ts';
import { checkInterface, firstScript, interfaceStore, watchInterface } from './interface_version.ts';
import { Panel } from './Panel.tsx';
import { UpdateBanner } from './UpdateBanner.tsx';

const page = (script: string) => `<!doctype html><head><script type="module" src="./assets/${script}"></script></head>`;
/** What the host serves now; null: it does not answer. */
let served: string | null;

beforeEach(() => {
  interfaceStore.setState({ updated: false });
  connectionStore.setState(connectionStore.getInitialState(), true);
  document.head.innerHTML = '<script type="module" src="./assets/index-old.js"></script>';
  vi.stubGlobal('fetch', async () => {
    if (served === null) throw new TypeError('Failed to fetch');
    return new Response(served);
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  document.head.innerHTML = '';
});

describe('the interface of the host', () => {
  it('is the same while its page names the same script, and no news while it does not answer', async () => {
    expect(firstScript(document)).toBe('./assets/index-old.js');
    for (served of [page('index-old.js'), null, '<p>Something else answers on this port.</p>']) {
      await checkInterface();
      expect(interfaceStore.getState().updated).toBe(false);
    }
  });

  it('was updated where another script is named: after a reconnection, the page says to reload', async () => {
    served = page('index-new.js');
    const stop = watchInterface();
    render(<UpdateBanner />);
    act(() => connectionStore.setState({ status: 'ready', generation: 1 }));
    expect(screen.queryByRole('alert')).toBeNull();
    act(() => connectionStore.setState({ generation: 2 }));
    expect((await screen.findByRole('alert')).textContent).toContain('The interface was updated: reload.');
    expect(screen.getByRole('button', { name: 'Reload' })).toBeTruthy();
    stop();
  });
});

describe('a view whose file does not come', () => {
  it('says so in its place, looks for an update, and is fetched again when asked', async () => {
    served = page('index-new.js');
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    let tries = 0;
    const View = fetchedView(async () => {
      tries += 1;
      if (tries === 1) throw new TypeError('Failed to fetch dynamically imported module');
      return () => <p>The map is here.</p>;
    });
    render(
      <Panel name="The map">
        <View />
      </Panel>,
    );
    const again = await screen.findByRole('button', { name: 'Draw it again' });
    expect(document.body.textContent).toContain('The map could not be drawn: its file was not fetched.');
    await waitFor(() => expect(interfaceStore.getState().updated).toBe(true));
    fireEvent.click(again);
    expect(await screen.findByText('The map is here.')).toBeTruthy();
    expect(tries).toBe(2);
    quiet.mockRestore();
  });
});
