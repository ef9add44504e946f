// Several heads in the inspector.
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { selectHeads } from '../state/selection.ts';
import { Inspector } from './Inspector.tsx';
import { openHead, START } from './inspector.fixture.ts';

let releaseSurfaces: () => void;

beforeEach(() => {
  ({ releaseSurfaces } = openHead());
});
afterEach(() => {
  cleanup();
  releaseSurfaces();
});

describe('the inspector of several heads', () => {
  it('scales their budgets as one step', async () => {
    focusStore.setState({ area: 'atlas' });
    selectHeads([
      { layer: 0, head: 1 },
      { layer: 1, head: 2 },
    ]);
    render(<Inspector />);
    expect(screen.getByRole('heading', { name: '2 heads' })).toBeDefined();
    fireEvent.change(screen.getByRole('slider', { name: 'Scale of the budgets' }), { target: { value: '600' } });
    expect(screen.getByText('× 2.00')).toBeDefined();
    fireEvent.click(screen.getByRole('button', { name: 'Apply to 2 heads' }));
    expect(configStore.getState().entries[0]?.[1]?.pattern).toEqual({ kind: 'vertical_slash', verticals: 60, slashes: 200 });
    expect(configStore.getState().entries[1]?.[2]?.pattern).toEqual({ kind: 'vertical_slash', verticals: 60, slashes: 200 });
    expect(configStore.getState().past).toHaveLength(1);
  });

  it('gives them the pattern of the head on screen, and sets them to the cheapest, a step each', async () => {
    focusStore.setState({ area: 'atlas' });
    const own: Pattern = { kind: 'a_shape', sink: 10, window: 64 };
    act(() => applyPatterns([{ layer: 1, head: 3, pattern: own }], 'hand', 'edit'));
    const places = [
      { layer: 0, head: 1 },
      { layer: 1, head: 2 },
    ];
    selectHeads(places);
    render(<Inspector />);
    fireEvent.click(screen.getByRole('button', { name: 'More for 2 heads' }));
    fireEvent.click(screen.getByRole('menuitem', { name: /Give them the pattern of L1 H3/ }));
    expect(configStore.getState().entries[0]?.[1]?.pattern).toEqual(own);
    expect(configStore.getState().past).toHaveLength(2);
    fireEvent.click(screen.getByRole('button', { name: 'Cheapest at recall 0.95' }));
    await waitFor(() => expect(configStore.getState().past).toHaveLength(3));
    for (const { layer, head } of places) expect(configStore.getState().entries[layer]?.[head]?.pattern.kind).toBe('vertical_slash');
    expect(configStore.getState().entries[0]?.[0]?.pattern).toEqual(START);
  });
});
