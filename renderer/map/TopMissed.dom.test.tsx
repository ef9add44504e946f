// The pairs that the mask loses most by: what is asked, where they lead, what is said where there are none.
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { configStore } from '../state/config_document.ts';
import { connectFake } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { markRunsLost } from '../state/library.ts';
import { answers, asked, closeView, openView, PAIRS } from './strongest_pairs.fixture.ts';
import { TopMissed } from './TopMissed.tsx';

beforeEach(openView);
afterEach(() => {
  cleanup();
  closeView();
});

describe('the pairs that are missed most', () => {
  it('are asked of the pattern on screen, and lead to their places', async () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    render(<TopMissed count={2} />);
    const link = await screen.findByRole('button', { name: /^Missed 0\.531: query 120/ }, { timeout: 3000 });
    expect(asked).toEqual([
      { runId: 'region', layer: 1, head: 2, rect: [64, 128, 0, 64], count: 2, missedBy: { kind: 'a_shape', sink: 4, window: 32 } },
    ]);
    expect(screen.getByText('exact')).toBeTruthy();
    await waitFor(() => expect(link.textContent).toContain('⏎'));
    fireEvent.click(link);
    expect(focusStore.getState().hover).toMatchObject({ q: 120, k: 7 });
  });

  it('are none where the mask keeps everything, and say why where they could not be asked', async () => {
    connectFake(answers(async () => ({ pairs: [] })));
    const { unmount } = render(<TopMissed count={2} />);
    await screen.findByText('The mask keeps every pair in view.', {}, { timeout: 3000 });
    unmount();
    connectFake(
      answers(async () => {
        throw new HeadscopeError('OUT_OF_MEMORY', 'No room for this head.');
      }),
    );
    render(<TopMissed count={2} />);
    await screen.findByText('No room for this head.', {}, { timeout: 3000 });
  });

  it('say what they need where the engine is lost', () => {
    connectFake(answers(async () => ({ pairs: PAIRS })));
    markRunsLost();
    render(<TopMissed count={2} />);
    expect(screen.getByText('Exact values need the engine, which no longer holds this run.')).toBeTruthy();
    expect(asked).toEqual([]);
  });

  it('are not there without a pattern or a run', () => {
    connectFake({});
    configStore.setState(configStore.getInitialState(), true);
    const { container } = render(<TopMissed count={2} />);
    expect(container.textContent).toBe('');
  });
});
