// Recall and cost of heads under patterns, per run. A number belongs to the pattern it was measured for and is kept under it: a pattern
// that comes back (undo, revert, an import) has its numbers at once, and where the config has a pattern without numbers the last ones
// stay on screen as stale, never as fresh.
import { createStore } from 'zustand/vanilla';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { type ConfigState, configStore, entryOf } from './config_document.ts';
import { focusStore, type HeadPlace } from './focus.ts';
import { libraryStore, runOf } from './library.ts';
import { samePattern } from './pattern_identity.ts';
import { documentOf } from './run_documents.ts';
import { lookUp } from './surface_lookup.ts';
import { surfacesStore } from './surfaces.ts';

export interface Measurement {
  pattern: Pattern;
  recall: number;
  /** 1 - recall. */
  missed: number;
  /** Lowest recall of a row; null where only the surface was read. */
  minRecall: number | null;
  /** Fractions of causal cells and of causal tiles. */
  nominal: number;
  executed: number;
}

export type MeasurementGrid = readonly (readonly (Measurement | null)[])[];

export interface MeasurementsState {
  /** [layers][heads] by run, what is shown: of the config's pattern where that is known, else the last there was. */
  byRun: Readonly<Record<string, MeasurementGrid>>;
  /** By run and `${layer}/${head}`, newest first: a measurement a pattern. */
  kept: Readonly<Record<string, Readonly<Record<string, readonly Measurement[]>>>>;
  /** Runs being measured. */
  running: Readonly<Record<string, boolean>>;
  /** Why the last measuring of a run ended early; a cancel is no failure. */
  failed: Readonly<Record<string, string>>;
}

export const measurementsStore = createStore<MeasurementsState>()(() => ({ byRun: {}, kept: {}, running: {}, failed: {} }));

/** Patterns of a head whose numbers are kept. */
const MOST_KEPT = 24;
const DENSE: Measurement = { pattern: { kind: 'dense' }, recall: 1, missed: 0, minRecall: 1, nominal: 1, executed: 1 };

const headKey = ({ layer, head }: HeadPlace): string => `${layer}/${head}`;

export function measurementOf(state: MeasurementsState, runId: string | null, { layer, head }: HeadPlace): Measurement | null {
  return (runId === null ? undefined : state.byRun[runId]?.[layer]?.[head]) ?? null;
}

/** True where the config has another pattern by now than the one measured. */
export function isStale(measurement: Measurement, current: Pattern | null): boolean {
  return current === null || !samePattern(measurement.pattern, current);
}

/** The numbers of this very pattern: measured before, read off a surface that is there, or known by definition. */
export function knownMeasurement(state: MeasurementsState, runId: string, place: HeadPlace, pattern: Pattern): Measurement | null {
  if (pattern.kind === 'dense') return DENSE;
  const measured = state.kept[runId]?.[headKey(place)]?.find((each) => samePattern(each.pattern, pattern));
  if (measured) return measured;
  const surface = surfacesStore.getState().entries[`${runId}/${headKey(place)}/${pattern.kind}`]?.surface;
  const point = surface ? lookUp(surface, pattern) : null;
  return point && { pattern, ...point, minRecall: null };
}

/** The grid with the numbers of the patterns of the run's document at `places` wherever they are known; the same object where nothing changes. */
function shown(state: MeasurementsState, runId: string, config: ConfigState, places: Iterable<HeadPlace>): MeasurementGrid {
  const run = runOf(libraryStore.getState(), runId);
  const grid = state.byRun[runId] ?? [];
  if (!run || config.layers !== run.info.layers || config.heads !== run.info.heads) return grid;
  let rows: (Measurement | null)[][] | null = null;
  for (const place of places) {
    const pattern = entryOf(config, place)?.pattern;
    const old = (rows ?? grid)[place.layer]?.[place.head] ?? null;
    if (!pattern || (old && samePattern(old.pattern, pattern))) continue;
    const known = knownMeasurement(state, runId, place, pattern);
    if (!known) continue;
    rows ??= Array.from({ length: run.info.layers }, (_, layer) =>
      Array.from({ length: run.info.heads }, (__, head) => grid[layer]?.[head] ?? null),
    );
    const row = rows[place.layer];
    if (row) row[place.head] = known;
  }
  return rows ?? grid;
}

function show(runId: string, places: Iterable<HeadPlace>): void {
  const config = documentOf(runId);
  if (!config) return;
  measurementsStore.setState((state) => {
    const grid = shown(state, runId, config, places);
    return grid === (state.byRun[runId] ?? grid) && state.byRun[runId] ? {} : { byRun: { ...state.byRun, [runId]: grid } };
  });
}

/** Takes in numbers of heads, kept under their patterns; those of the config's patterns come on screen. Numbers of a pattern that the
 * config no longer has come on screen as stale only where the head had none. */
export function recordMeasurements(runId: string, found: readonly (HeadPlace & { measurement: Measurement })[]): void {
  if (!runOf(libraryStore.getState(), runId)) return;
  keepMeasurements(runId, found);
  const { layers, heads } = documentOf(runId) ?? { layers: 0, heads: 0 };
  measurementsStore.setState(({ byRun }) => {
    const grid = byRun[runId] ?? [];
    const missing = found.filter(({ layer, head }) => layer < layers && head < heads && !grid[layer]?.[head]);
    if (missing.length === 0) return {};
    const rows = Array.from({ length: layers }, (_, layer) => Array.from({ length: heads }, (__, head) => grid[layer]?.[head] ?? null));
    for (const { layer, head, measurement } of missing) {
      const row = rows[layer];
      if (row) row[head] = measurement;
    }
    return { byRun: { ...byRun, [runId]: rows } };
  });
}

/** As recordMeasurements, of patterns that may never have been the config's: a search's candidates. */
export function keepMeasurements(runId: string, found: readonly (HeadPlace & { measurement: Measurement })[]): void {
  measurementsStore.setState(({ kept }) => {
    const heads = { ...kept[runId] };
    for (const { layer, head, measurement } of found) {
      const others = (heads[headKey({ layer, head })] ?? []).filter(({ pattern }) => !samePattern(pattern, measurement.pattern));
      heads[headKey({ layer, head })] = [measurement, ...others].slice(0, MOST_KEPT);
    }
    return { kept: { ...kept, [runId]: heads } };
  });
  show(runId, found);
}

/** Heads of the run whose pattern has no number on it yet. */
export function unmeasuredHeads(runId: string): HeadPlace[] {
  const run = runOf(libraryStore.getState(), runId);
  const config = documentOf(runId);
  if (!run || !config || config.layers !== run.info.layers || config.heads !== run.info.heads) return [];
  const state = measurementsStore.getState();
  const places: HeadPlace[] = [];
  for (const layer of run.info.layersPresent) {
    for (let head = 0; head < run.info.heads; head += 1) {
      const pattern = entryOf(config, { layer, head })?.pattern ?? null;
      const known = measurementOf(state, runId, { layer, head });
      if (pattern && (!known || isStale(known, pattern))) places.push({ layer, head });
    }
  }
  return places;
}

/** The run was made again, of the same model and prompt, under another id: its numbers hold. */
export function moveMeasurements(from: string, to: string): void {
  measurementsStore.setState(({ byRun: { [from]: grid, ...byRun }, kept: { [from]: known, ...kept } }) => ({
    ...(grid ? { byRun: { ...byRun, [to]: grid } } : {}),
    ...(known ? { kept: { ...kept, [to]: known } } : {}),
  }));
}

export function dropMeasurements(runId: string): void {
  measurementsStore.setState(({ byRun: { [runId]: _, ...byRun }, kept: { [runId]: __, ...kept } }) => ({ byRun, kept }));
}

function* changedHeads(now: ConfigState, before: ConfigState): Generator<HeadPlace> {
  for (const [layer, row] of now.entries.entries()) {
    const old = before.entries[layer];
    if (row === old) continue;
    for (const [head, entry] of row.entries()) if (entry !== old?.[head]) yield { layer, head };
  }
}

configStore.subscribe((now, before) => {
  const { runId } = focusStore.getState();
  if (runId !== null && now.entries !== before.entries) show(runId, changedHeads(now, before));
});

function* everyHead({ entries }: ConfigState): Generator<HeadPlace> {
  for (const [layer, row] of entries.entries()) for (const head of row.keys()) yield { layer, head };
}

// A run that comes on screen has come to its document.
focusStore.subscribe(({ runId }, before) => {
  if (runId !== null && runId !== before.runId) show(runId, everyHead(configStore.getState()));
});

surfacesStore.subscribe((now, before) => {
  for (const [key, { surface }] of Object.entries(now.entries)) {
    if (!surface || before.entries[key]?.surface === surface) continue;
    const [runId, layer, head] = key.split('/');
    if (runId !== undefined) show(runId, [{ layer: Number(layer), head: Number(head) }]);
  }
});
