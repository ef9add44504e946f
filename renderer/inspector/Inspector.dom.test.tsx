// The inspector against a FakeClient whose surfaces are those of uniform attention, counted cell by cell.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Result } from '../../engine/protocol/methods.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { applyPatterns, configStore, loadUniform, undo } from '../state/config_document.ts';
import { evaluationsStore } from '../state/evaluations.ts';
import { connectFake, type FakeClient, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { ghostStore } from '../state/ghost.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { measurementOf, measurementsStore } from '../state/measurements.ts';
import { DEFAULT_PREFERENCES, preferencesStore } from '../state/preferences.ts';
import { searchesStore } from '../state/searches.ts';
import { clearSelection, selectHeads } from '../state/selection.ts';
import { lookUp } from '../state/surface_lookup.ts';
import { surfacesStore } from '../state/surfaces.ts';
import { Inspector } from './Inspector.tsx';
import { reaching } from './reaching.ts';

const ROWS = 256;
const EDGES = [1, 10, 30, 50, 64, 100, 128, 200, 256];

/** Uniform attention: a row keeps the share of its keys that the mask keeps. `kept(i, d)`: whether key i - d of row i is. */
function uniform(kept: (i: number, d: number) => boolean): { recall: number; nominal: number } {
  let [recall, cells] = [0, 0];
  for (let i = 0; i < ROWS; i += 1) {
    let own = 0;
    for (let d = 0; d <= i; d += 1) if (kept(i, d)) own += 1;
    recall += own / (i + 1) / ROWS;
    cells += own;
  }
  return { recall, nominal: cells / ((ROWS * (ROWS + 1)) / 2) };
}

function surfaceOf(kind: SurfaceResult['kind']): SurfaceResult {
  const [first, second] = [kind === 'block_sparse' ? [1, 2, 4] : EDGES, kind === 'block_sparse' ? [0] : EDGES];
  const cells = first.map((a) =>
    second.map((b) => uniform((i, d) => (kind === 'block_sparse' ? Math.floor(d / 64) < a : i - d < a || d < b))),
  );
  const table = (read: (cell: { recall: number; nominal: number }) => number) =>
    kind === 'block_sparse' ? cells.map((row) => read(row[0]!)) : cells.map((row) => row.map(read));
  return {
    kind,
    axes:
      kind === 'block_sparse'
        ? [{ name: 'blocks', edges: first }]
        : [
            { name: 'first', edges: first },
            { name: 'second', edges: second },
          ],
    recall: table(({ recall }) => recall),
    nominal: table(({ nominal }) => nominal),
    executed: table(({ nominal }) => Math.min(1, nominal * 1.2)),
    bands: [],
    estimator:
      kind === 'vertical_slash' ? { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 } : kind === 'block_sparse' ? { blockSize: 64 } : {},
    elapsedMs: 1,
  };
}

const SURFACES = { a_shape: surfaceOf('a_shape'), vertical_slash: surfaceOf('vertical_slash'), block_sparse: surfaceOf('block_sparse') };
/** A row of the released search. */
const SCORED = /score .*(Enter applies|in the config)/;
const START: Pattern = { kind: 'vertical_slash', verticals: 30, slashes: 100 };

const evaluation = (effective: Pattern): Result<'pattern.evaluate'> => ({
  recall: { mean: 0.5, min: 0.1, last64: 0.5, fromRow: null },
  output: { relL2: 0.125, maxAbs: 0.2 },
  density: { nominal: 0.25, executed: 0.4 },
  index: { columns: 1, distances: 1, blocks: 0, bytes: 1 },
  tiles: { executed: 4, causal: 10 },
  elapsedMs: 1,
  denseMs: 3,
  repeats: 1,
  threads: 2,
  effective,
  notes: [],
});

let fake: FakeClient;
let releaseSurfaces: () => void;

beforeEach(() => {
  vi.stubGlobal('matchMedia', undefined);
  const released = new Promise<void>((resolve) => {
    releaseSurfaces = resolve;
  });
  fake = connectFake({
    'pattern.surface': async ({ kind }) => {
      await released;
      return SURFACES[kind];
    },
    'pattern.evaluate': async ({ pattern, repeats = 1 }) => ({ ...evaluation(pattern), repeats }),
    'search.run': async ({ layers = [0], heads = [0], procedure = 'released', targetRecall = null }, context) => {
      const slash = (forcedLocal: number): Pattern => ({
        kind: 'vertical_slash',
        verticals: 64,
        slashes: 128,
        lastQueries: 64,
        forcedSinks: 30,
        forcedLocal,
      });
      const deployed = slash(100);
      const { recall, nominal, executed } = lookUp(SURFACES.vertical_slash, deployed)!;
      for (const layer of layers)
        for (const head of heads)
          context.event({
            layer,
            head,
            procedure,
            targetRecall,
            candidates: [
              {
                pattern: { kind: 'a_shape', sink: 100, window: 65 },
                deployed: { kind: 'a_shape', sink: 100, window: 64 },
                recall: 0.7,
                density: 0.5,
              },
              { pattern: slash(30), deployed, recall: 0.9, density: 0.6 },
            ],
            winner: 1,
            deployed,
            measured: { recall, nominal, executed, minRecall: 0.1 },
            elapsedMs: 1,
          });
      return {
        text: '',
        winners: [],
        heads: 1,
        medianRecall: 0.9,
        meanDensity: 0.6,
        scoredFrom: 128,
        rows: ROWS,
        skipped: [],
        notes: [],
        elapsedMs: 1,
      };
    },
  });
  configStore.setState(configStore.getInitialState(), true);
  libraryStore.setState(libraryStore.getInitialState(), true);
  for (const store of [surfacesStore, evaluationsStore]) store.setState({ entries: {} });
  for (const store of [measurementsStore, searchesStore]) store.setState(store.getInitialState() as never, true);
  preferencesStore.setState(DEFAULT_PREFERENCES);
  clearSelection();
  addRun(fakeRun({ rows: ROWS }), 'a run');
  showRun('run-1');
  focusStore.setState({ area: 'map', layer: 1, head: 3 });
  loadUniform(2, 4, START, 'a config');
});

afterEach(() => {
  cleanup();
  releaseSurfaces();
  vi.unstubAllGlobals();
});

const value = (label: string) => {
  const list = screen.getByLabelText('Numbers of this budget');
  return within(list).getByText(label).nextElementSibling?.textContent;
};
const shown = () => configStore.getState().live?.pattern ?? configStore.getState().entries[1]?.[3]?.pattern;
const exact = () => lookUp(SURFACES.vertical_slash, shown()!)!;
const withSurface = async () => {
  releaseSurfaces();
  await waitFor(() => expect(screen.getByText('Exact')).toBeDefined());
};

describe('the inspector of a head', () => {
  it('names the head and says what its numbers are before and after the surface is there', async () => {
    render(<Inspector />);
    expect(screen.getByRole('heading', { name: 'L1 H3' })).toBeDefined();
    expect(screen.getByText('KV group 1')).toBeDefined();
    expect(value('Recall')).toBe('–');
    await waitFor(() => expect(value('Recall')).toBe('0.500'));
    expect(screen.getByText(/^measured, surface/)).toBeDefined();
    await withSurface();
    expect(value('Recall')).toBe(exact().recall.toFixed(3));
    expect(value('Missed')).toBe(`${(100 * exact().missed).toFixed(1)}%`);
    expect(value('Tiles kept')).toBe(`${(100 * exact().executed).toFixed(1)}%`);
  });

  it('moves from edge to edge, with the numbers of the new budget in the same render, and commits once', async () => {
    render(<Inspector />);
    await withSurface();
    const slider = screen.getByRole('slider', { name: 'Slash diagonals' });
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    expect(shown()).toEqual({ ...START, slashes: 128 });
    expect(slider.getAttribute('aria-valuenow')).toBe('128');
    expect(value('Recall')).toBe(exact().recall.toFixed(3));
    expect(screen.getByText('live')).toBeDefined();
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    fireEvent.keyDown(slider, { key: 'End' });
    expect(configStore.getState().past).toHaveLength(0);
    fireEvent.keyDown(slider, { key: 'Enter' });
    expect(configStore.getState().live).toBeNull();
    expect(configStore.getState().past).toHaveLength(1);
    expect(configStore.getState().entries[1]?.[3]).toMatchObject({ pattern: { ...START, slashes: 256 }, origin: 'hand' });
    act(undo);
    expect(shown()).toEqual(START);
  });

  it('reverts with Escape and by its link, and never goes below what the engine runs', async () => {
    render(<Inspector />);
    await withSurface();
    const slider = screen.getByRole('slider', { name: 'Vertical columns' });
    expect(slider.getAttribute('aria-valuemin')).toBe('30');
    fireEvent.keyDown(slider, { key: 'PageUp' });
    fireEvent.keyDown(slider, { key: 'Escape' });
    expect(configStore.getState().live).toBeNull();
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    fireEvent.click(screen.getByRole('button', { name: 'Revert to 30 / 100' }));
    expect(shown()).toEqual(START);
    fireEvent.keyDown(slider, { key: 'Home' });
    expect(shown()).toEqual(START);
  });

  it('takes a typed number to the nearest exact budget', async () => {
    render(<Inspector />);
    await withSurface();
    const field = screen.getByRole('textbox', { name: 'Slash diagonals, number' });
    fireEvent.change(field, { target: { value: '190' } });
    fireEvent.blur(field);
    expect(shown()).toEqual({ ...START, slashes: 200 });
    expect(configStore.getState().live).not.toBeNull();
  });

  it('shows another kind as a live edit and comes back to the same budgets', async () => {
    render(<Inspector />);
    await withSurface();
    fireEvent.click(screen.getByRole('radio', { name: 'A-shape' }));
    expect(shown()?.kind).toBe('a_shape');
    expect(screen.getByRole('slider', { name: 'Local window' })).toBeDefined();
    expect(screen.getByRole('button', { name: 'Revert to Vertical-Slash' })).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Vertical-Slash' }));
    expect(configStore.getState().live).toBeNull();
  });

  it('walks the frontier with the point of the curve', async () => {
    render(<Inspector />);
    await withSurface();
    const point = await screen.findByRole('slider', { name: 'Budget along the frontier' });
    const before = exact();
    fireEvent.keyDown(point, { key: 'ArrowRight' });
    expect(exact().executed).toBeGreaterThan(before.executed);
    expect(exact().recall).toBeGreaterThan(before.recall);
    fireEvent.keyDown(point, { key: 'Enter' });
    expect(configStore.getState().past).toHaveLength(1);
  });

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

  it('says why there is no surface and lets it be asked again', async () => {
    connectFake({
      'pattern.surface': async () => {
        throw new Error('no room');
      },
      'pattern.evaluate': async ({ pattern, repeats = 1 }) => ({ ...evaluation(pattern), repeats }),
    });
    render(<Inspector />);
    await waitFor(() => expect(screen.getByText('no surface')).toBeDefined());
    expect(value('Recall')).toBe('0.500');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined();
  });
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
