// The table of the strongest pairs: what it asks, what a row says and does, and each state it can be in.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { connectFake } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { markRunsLost } from '../state/library.ts';
import { MAIN_VIEWPORT, setViewport, viewport } from '../state/viewports.ts';
import { RegionTable } from './RegionTable.tsx';
import { answers, asked, closeView, openView, PAIRS } from './strongest_pairs.fixture.ts';

beforeEach(openView);
afterEach(() => {
  cleanup();
  closeView();
});

describe('the table of the strongest pairs', () => {
  it('asks for the whole tokens in view and shows them with their texts, largest first', async () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    render(<RegionTable />);
    expect(screen.getByText('Looking for the strongest pairs.')).toBeTruthy();
    const table = await screen.findByRole('table', {}, { timeout: 3000 });
    expect(asked).toEqual([{ runId: 'region', layer: 1, head: 2, rect: [64, 128, 0, 64], count: 48 }]);
    expect(screen.getByText(/L1 H2, rows 64 to 127, keys 0 to 63, exact/)).toBeTruthy();
    const [, first, second] = within(table).getAllByRole('row');
    await waitFor(() => expect(first?.textContent).toContain('⏎'));
    expect(first?.textContent).toContain('·w120');
    expect(first?.textContent).toContain('113');
    expect(first?.textContent).toContain('0.5313');
    expect(second?.textContent).toContain('0.2500');
  });

  it('takes the map to a row’s pair', async () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    render(<RegionTable />);
    fireEvent.click(await screen.findByRole('button', { name: 'Go to query 120, key 7' }, { timeout: 3000 }));
    expect(focusStore.getState().hover).toMatchObject({ q: 120, k: 7 });
    const { q0, q1, k0, k1 } = viewport();
    expect(q0 <= 120 && 120 < q1 && k0 <= 7 && 7 < k1).toBe(true);
  });

  it('asks for what the pattern misses, and says where that is nothing', async () => {
    connectFake(answers(async ({ missedBy }) => ({ pairs: missedBy ? [] : PAIRS })));
    render(<RegionTable />);
    await screen.findByRole('table', {}, { timeout: 3000 });
    fireEvent.click(screen.getByRole('radio', { name: 'Missed only' }));
    await screen.findByText('The mask keeps every pair in view.', {}, { timeout: 3000 });
    expect(asked.at(-1)?.missedBy).toEqual({ kind: 'a_shape', sink: 4, window: 32 });
  });

  it('keeps the rows of before, marked, while another view is counted', async () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    render(<RegionTable />);
    const table = await screen.findByRole('table', {}, { timeout: 3000 });
    connectFake(answers(() => new Promise(() => {})));
    act(() => setViewport(MAIN_VIEWPORT, { q0: 0, q1: 32, k0: 0, k1: 32 }));
    await screen.findByText(/counting the view on screen/, {}, { timeout: 3000 });
    expect(table.className).toContain('is-stale');
    expect(within(table).getAllByRole('row')).toHaveLength(3);
  });

  it('says what the engine refused', async () => {
    connectFake(
      answers(async () => {
        throw new HeadscopeError('OUT_OF_MEMORY', 'No room for this head.');
      }),
    );
    render(<RegionTable />);
    expect((await screen.findByRole('alert', {}, { timeout: 3000 })).textContent).toBe('No room for this head.');
  });

  it('says why it is empty above the diagonal, without the engine’s run, and without a run', () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    setViewport(MAIN_VIEWPORT, { q0: 0, q1: 16, k0: 128, k1: 144 });
    const { rerender } = render(<RegionTable />);
    expect(screen.getByText('Nothing but void in view.')).toBeTruthy();
    act(markRunsLost);
    rerender(<RegionTable />);
    expect(screen.getByText(/The engine no longer holds this run/)).toBeTruthy();
    act(() => focusStore.setState({ runId: null }));
    expect(screen.getByText(/No run is open/)).toBeTruthy();
    expect(asked).toEqual([]);
  });
});
