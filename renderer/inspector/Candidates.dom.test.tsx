// Candidates of a head in the inspector: searched, previewed, measured, applied, and the cheapest that reach the target.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configStore, undo } from '../state/config_document.ts';
import type { FakeClient } from '../state/fake_client.fixture.ts';
import { ghostStore } from '../state/ghost.ts';
import { measurementOf, measurementsStore } from '../state/measurements.ts';
import { preferencesStore } from '../state/preferences.ts';
import { lookUp } from '../state/surface_lookup.ts';
import { Inspector } from './Inspector.tsx';
import { openHead, SCORED, START, SURFACES } from './inspector.fixture.ts';
import { reaching } from './reaching.ts';

let fake: FakeClient;
let releaseSurfaces: () => void;

beforeEach(() => {
  ({ fake, releaseSurfaces } = openHead());
});
afterEach(() => {
  cleanup();
  releaseSurfaces();
});

const withSurface = async () => {
  releaseSurfaces();
  await waitFor(() => expect(screen.getByText('Exact')).toBeDefined());
};

describe('the candidates of a head', () => {
  it('searches the head, previews a candidate as a ghost and applies it with Enter', async () => {
    render(<Inspector />);
    await withSurface();
    fireEvent.click(screen.getByRole('button', { name: 'Search' }));
    const table = await screen.findByRole('table', { name: 'Candidates' });
    const [best, second] = await waitFor(() => {
      const rows = within(table).getAllByRole('row', { name: SCORED });
      expect(rows).toHaveLength(2);
      return rows;
    });
    expect(best!.textContent).toContain('64 / 128');
    expect(best!.getAttribute('title')).toContain('best score 0.9000');
    expect(best!.textContent).toContain(
      lookUp(SURFACES.vertical_slash, { kind: 'vertical_slash', verticals: 64, slashes: 128 })!.recall.toFixed(3),
    );
    fireEvent.pointerEnter(second!);
    expect(ghostStore.getState().ghost?.pattern).toEqual({ kind: 'a_shape', sink: 100, window: 64 });
    fireEvent.pointerLeave(second!);
    expect(ghostStore.getState().ghost).toBeNull();
    fireEvent.keyDown(best!, { key: 'Enter' });
    expect(configStore.getState().entries[1]?.[3]).toMatchObject({
      origin: 'searched',
      score: 0.9,
      how: 'best recall of the released candidates',
    });
    expect(within(table).getByRole('row', { name: /best score.*in the config/ }).className).toContain('is-applied');
    expect(fake.calls.filter(({ method }) => method === 'search.run').map(({ params }) => params)).toEqual([
      { runId: 'run-1', layers: [1], heads: [3] },
    ]);
  });

  it('measures the output errors of the candidates when asked', async () => {
    render(<Inspector />);
    await withSurface();
    fireEvent.click(screen.getByRole('button', { name: 'Search' }));
    const table = await screen.findByRole('table', { name: 'Candidates' });
    const [first] = await waitFor(() => within(table).getAllByRole('row', { name: SCORED }));
    fireEvent.keyDown(first!, { key: 'e' });
    await waitFor(() => expect(first!.textContent).toContain('0.13'));
    const asked = () => fake.calls.flatMap(({ method, params }) => (method === 'pattern.evaluate' ? [params] : []));
    expect(asked()).toContainEqual(expect.objectContaining({ repeats: 5 }));
    fireEvent.click(within(table).getByRole('button', { name: 'Out. err.' }));
    await waitFor(() => expect(within(table).queryByRole('button', { name: 'Out. err.' })).toBeNull());
    for (const row of within(table).getAllByRole('row', { name: SCORED })) expect(row.textContent).toContain('0.13');
  });

  it('lists the cheapest patterns that reach the target, follows it, and applies one with its exact numbers', async () => {
    render(<Inspector />);
    await withSurface();
    const table = screen.getByRole('table', { name: 'Candidates' });
    const cheapest = () => reaching(Object.values(SURFACES), preferencesStore.getState().target);
    const rows = () => within(table).getAllByRole('row', { name: /Enter applies|in the config/ });
    await waitFor(() => expect(rows()).toHaveLength(cheapest().length));
    const field = screen.getByRole('textbox', { name: 'Target recall' });
    fireEvent.change(field, { target: { value: '0.6' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(preferencesStore.getState().target).toBe(0.6);
    expect(screen.getByText(/Cheapest at recall ≥ 0.60/)).toBeDefined();
    const [best] = cheapest();
    expect(rows()[0]!.textContent).toContain(best!.recall.toFixed(3));
    fireEvent.keyDown(rows()[0]!, { key: 'Enter' });
    expect(configStore.getState().entries[1]?.[3]).toMatchObject({
      origin: 'searched',
      pattern: best!.pattern,
      how: 'least tiles with recall ≥ 0.6',
    });
    expect(measurementOf(measurementsStore.getState(), 'run-1', { layer: 1, head: 3 })).toMatchObject({ recall: best!.recall });
  });

  it('sets a layer to the cheapest as one step, with its numbers, and takes it back', async () => {
    render(<Inspector />);
    fireEvent.click(screen.getByRole('button', { name: 'Search more heads' }));
    fireEvent.click(screen.getByRole('menuitem', { name: /Set layer 1 to the cheapest/ }));
    await waitFor(() => expect(configStore.getState().past).toHaveLength(1));
    expect(fake.calls.find(({ method }) => method === 'search.run')?.params).toEqual({
      runId: 'run-1',
      layers: [1],
      heads: [0, 1, 2, 3],
      procedure: 'target',
      targetRecall: preferencesStore.getState().target,
    });
    const patterns = configStore.getState().entries[1]?.map(({ pattern }) => pattern);
    expect(patterns).toEqual(Array.from({ length: 4 }, () => expect.objectContaining({ verticals: 64, slashes: 128 })));
    expect(measurementOf(measurementsStore.getState(), 'run-1', { layer: 1, head: 0 })).toMatchObject({ minRecall: 0.1 });
    act(undo);
    expect(configStore.getState().entries[1]?.[0]?.pattern).toEqual(START);
  });
});
