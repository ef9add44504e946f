import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setHost } from '../host/current.ts';
import { FakeBridge, fakeRun } from '../host/fake_bridge.fixture.ts';
import { configStore, loadUniform, setLive } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore, startJob } from '../state/jobs.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { noticesStore, notify } from '../state/notices.ts';
import { DEFAULT_PREFERENCES, preferencesStore } from '../state/preferences.ts';
import { commandsStore } from './command_registry.ts';
import { Shell } from './Shell.tsx';
import { shellStore } from './shell_state.ts';
import { startUp } from './start_up.ts';

let bridge: FakeBridge;
let stop: (() => void) | undefined;

function resize(width: number, height: number): void {
  Object.assign(window, { innerWidth: width, innerHeight: height });
  act(() => void window.dispatchEvent(new Event('resize')));
}

/** The shell with a connected fake engine and, where asked, a run that is on screen. */
async function open({ run = true } = {}): Promise<void> {
  stop = await startUp();
  render(<Shell />);
  await waitFor(() => expect(connectionStore.getState().status).toBe('ready'));
  await waitFor(() => expect(libraryStore.getState().status).toBe('ready'));
  if (!run) return;
  act(() => {
    loadUniform(2, 4, { kind: 'vertical_slash', verticals: 100, slashes: 200 }, 'start');
    addRun(fakeRun(), 'tiny run', { method: 'run.prefill', params: { model: 'tiny', prompt: { text: 'x' } } });
    showRun('run-a');
  });
}

const key = (name: string, held: Partial<KeyboardEventInit> = {}) => fireEvent.keyDown(document.body, { key: name, ...held });

beforeEach(() => {
  for (const store of [connectionStore, configStore, focusStore, jobsStore, libraryStore, noticesStore, shellStore, commandsStore]) {
    // Each store takes back the state it was made with.
    const reset = store as { setState: (state: object, replace: true) => void; getInitialState: () => object };
    reset.setState(reset.getInitialState(), true);
  }
  preferencesStore.setState(DEFAULT_PREFERENCES, true);
  bridge = new FakeBridge();
  setHost(bridge);
  resize(1440, 900);
});
afterEach(() => {
  cleanup();
  stop?.();
});

describe('the shell', () => {
  it('starts without a run on the start screen, and names the window', async () => {
    await open({ run: false });
    expect(screen.queryByRole('tablist', { name: 'Work area' })).toBeNull();
    // The first view to be shown is compiled meanwhile.
    await screen.findByRole('heading', { level: 1 }, { timeout: 10_000 });
    await waitFor(() => expect(bridge.title).toBe('Headscope'));
  });

  it('shows tabs for a run, and goes between them by click, arrows and keys', async () => {
    await open();
    const tabs = await screen.findByRole('tablist', { name: 'Work area' });
    const selected = () => within(tabs).getByRole('tab', { selected: true }).textContent;
    expect(selected()).toBe('Atlas');
    fireEvent.click(within(tabs).getByRole('tab', { name: 'Config' }));
    expect(focusStore.getState().area).toBe('config');
    fireEvent.keyDown(within(tabs).getByRole('tab', { name: 'Config' }), { key: 'ArrowLeft' });
    expect(selected()).toBe('Compare');
    key('1', { ctrlKey: true });
    expect(selected()).toBe('Atlas');
  });

  it('finds and runs a command in the palette, and gives the focus back', async () => {
    await open();
    const before = screen.getByRole('tab', { name: 'Atlas' });
    before.focus();
    key('k', { ctrlKey: true });
    const input = await screen.findByRole('combobox', { name: /Search commands/ });
    expect(document.activeElement).toBe(input);
    fireEvent.change(input, { target: { value: 'show config' } });
    fireEvent.keyDown(input, { key: 'Enter' });
    await waitFor(() => expect(focusStore.getState().area).toBe('config'));
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(document.activeElement).toBe(before);
  });

  it('has run the command when Enter has been typed: a key right behind it finds it done', async () => {
    await open();
    key('k', { ctrlKey: true });
    const input = await screen.findByRole('combobox', { name: /Search commands/ });
    fireEvent.change(input, { target: { value: 'show config' } });
    fireEvent.keyDown(input, { key: 'Enter' });
    expect(focusStore.getState().area).toBe('config');
    key('1', { ctrlKey: true });
    await act(() => new Promise((later) => setTimeout(later, 10)));
    expect(focusStore.getState().area).toBe('atlas');
  });

  it('lists heads after @ and goes to one', async () => {
    await open();
    key('p', { ctrlKey: true });
    const input = await screen.findByRole('combobox', { name: /Search commands/ });
    fireEvent.change(input, { target: { value: '@l1 h3' } });
    expect(screen.getAllByRole('option').map((option) => option.textContent)).toEqual([expect.stringContaining('L1 H3')]);
    fireEvent.keyDown(input, { key: 'Enter' });
    await waitFor(() => expect(focusStore.getState()).toMatchObject({ layer: 1, head: 3, area: 'map' }));
  });

  it('shows every key of the registry in the sheet, which Escape closes', async () => {
    await open();
    key('?', { shiftKey: true });
    const sheet = await screen.findByRole('dialog', { name: 'Keyboard shortcuts' });
    const withKeys = commandsStore.getState().commands.filter((command) => command.keys);
    for (const { title } of withKeys) expect(within(sheet).getAllByText(title).length).toBeGreaterThan(0);
    fireEvent.keyDown(sheet, { key: 'Escape' });
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('shows a job with its progress and cancels it', async () => {
    await open();
    let aborted = false;
    act(() => {
      startJob({
        title: 'Search, 8 heads',
        run: ({ signal, onProgress }) => {
          onProgress({ done: 2, total: 8, unit: 'head', note: '' });
          return new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(new Error('stopped'));
            }),
          );
        },
      });
    });
    const jobs = screen.getByRole('region', { name: 'Jobs' });
    expect(within(jobs).getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25');
    expect(within(jobs).getByText('head 2 of 8')).toBeDefined();
    fireEvent.click(within(jobs).getByRole('button', { name: 'Cancel Search, 8 heads' }));
    expect(aborted).toBe(true);
    await within(jobs).findByText('cancelled');
  });

  it('keeps edits and picture when the engine dies, and offers the run again when it is back', async () => {
    await open();
    act(() => setLive({ layer: 0, head: 1, pattern: { kind: 'vertical_slash', verticals: 50, slashes: 60 } }));
    act(() => bridge.engine.die());
    await screen.findByText(/Engine lost at/);
    expect(screen.getByRole('button', { name: 'Connect now' })).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Connect now' }));
    await screen.findByText('The engine is back, without the run.');
    expect(configStore.getState().live).toMatchObject({ layer: 0, head: 1 });
    expect(screen.getByRole('tablist', { name: 'Work area' })).toBeDefined();
    bridge.engine.answers.set('run.prefill', () => fakeRun({ runId: 'run-b' }));
    fireEvent.click(screen.getByRole('button', { name: 'Run again' }));
    await waitFor(() => expect(focusStore.getState().runId).toBe('run-b'));
    expect(libraryStore.getState().runs.map(({ name, live }) => ({ name, live }))).toEqual([{ name: 'tiny run', live: true }]);
    expect(configStore.getState().live).toMatchObject({ layer: 0, head: 1 });
  });

  it('shows a notice with its action until it is dismissed', async () => {
    await open();
    const acted: number[] = [];
    act(() => void notify({ tone: 'warn', title: 'Look here.', action: { label: 'Act on it', run: () => void acted.push(1) } }));
    fireEvent.click(screen.getByRole('button', { name: 'Act on it' }));
    expect(acted).toHaveLength(1);
    expect(screen.queryByText('Look here.')).toBeNull();
  });

  it('folds the rail to icons in narrow windows and lays the inspector over slim ones', async () => {
    await open();
    expect(screen.getByRole('complementary', { name: 'Inspector' })).toBeDefined();
    resize(1024, 700);
    fireEvent.click(screen.getByRole('button', { name: 'Jobs' }));
    expect(shellStore.getState().railOver).toBe(true);
    expect(screen.getByRole('complementary', { name: 'Inspector' })).toBeDefined();
    resize(700, 500);
    expect(screen.queryByRole('complementary', { name: 'Inspector' })).toBeNull();
    key('i');
    expect(screen.getByRole('complementary', { name: 'Inspector' })).toBeDefined();
  });

  it('goes round the regions with F6', async () => {
    await open();
    const seen: (string | undefined)[] = [];
    for (let step = 0; step < 5; step += 1) {
      fireEvent.keyDown(document.activeElement ?? document.body, { key: 'F6' });
      seen.push(document.activeElement?.closest<HTMLElement>('[data-region]')?.dataset.region);
    }
    expect(new Set(seen).size).toBeGreaterThanOrEqual(4);
    expect(seen[0]).toBe('title');
  });

  it('follows the theme that is chosen', async () => {
    await open();
    fireEvent.click(screen.getByRole('button', { name: 'Dark theme' }));
    expect(document.documentElement.dataset.theme).toBe('dark');
    fireEvent.click(screen.getByRole('button', { name: 'Light theme' }));
    expect(document.documentElement.dataset.theme).toBe('light');
  });
});
