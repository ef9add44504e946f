// For the inspector's tests: a FakeClient whose surfaces are those of uniform attention, counted cell by cell, and a run of it on screen.
import type { Result } from '../../engine/protocol/methods.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { configStore, loadUniform } from '../state/config_document.ts';
import { evaluationsStore } from '../state/evaluations.ts';
import { connectFake, type FakeClient, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { measurementsStore } from '../state/measurements.ts';
import { DEFAULT_PREFERENCES, preferencesStore } from '../state/preferences.ts';
import { searchesStore } from '../state/searches.ts';
import { clearSelection } from '../state/selection.ts';
import { lookUp } from '../state/surface_lookup.ts';
import { surfacesStore } from '../state/surfaces.ts';

export const ROWS = 256;
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

export const SURFACES = {
  a_shape: surfaceOf('a_shape'),
  vertical_slash: surfaceOf('vertical_slash'),
  block_sparse: surfaceOf('block_sparse'),
};
/** A row of the released search. */
export const SCORED = /score .*(Enter applies|in the config)/;
export const START: Pattern = { kind: 'vertical_slash', verticals: 30, slashes: 100 };

export const evaluation = (effective: Pattern): Result<'pattern.evaluate'> => ({
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

/** L1 H3 of a run of 256 tokens in the map, every head at START; surfaces wait for `releaseSurfaces`. */
export function openHead(): { fake: FakeClient; releaseSurfaces: () => void } {
  let releaseSurfaces: () => void = () => {};
  const released = new Promise<void>((resolve) => {
    releaseSurfaces = resolve;
  });
  const fake = connectFake({
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
  surfacesStore.setState(surfacesStore.getInitialState(), true);
  evaluationsStore.setState(evaluationsStore.getInitialState(), true);
  measurementsStore.setState(measurementsStore.getInitialState(), true);
  searchesStore.setState(searchesStore.getInitialState(), true);
  preferencesStore.setState(DEFAULT_PREFERENCES);
  clearSelection();
  addRun(fakeRun({ rows: ROWS }), 'a run');
  showRun('run-1');
  focusStore.setState({ area: 'map', layer: 1, head: 3 });
  loadUniform(2, 4, START, 'a config');
  return { fake, releaseSurfaces };
}

export const shown = () => configStore.getState().live?.pattern ?? configStore.getState().entries[1]?.[3]?.pattern;
export const exact = () => lookUp(SURFACES.vertical_slash, shown()!)!;
