// Recall and cost of every head under the config, per run. A number belongs to the pattern it was measured for: where the config
// has moved on it is stale, shown as such, never silently reused.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadMeasurement } from '../../engine/protocol/whole_model.ts';
import { entryOf, samePattern } from './config_document.ts';
import { engine } from './connection.ts';
import type { HeadPlace } from './focus.ts';
import { type StartedJob, startJob } from './jobs.ts';
import { libraryStore, runOf } from './library.ts';
import { documentOf, noteMeasuredOn } from './run_documents.ts';

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
  /** [layers][heads] by run. */
  byRun: Readonly<Record<string, MeasurementGrid>>;
  /** Runs being measured. */
  running: Readonly<Record<string, boolean>>;
  /** Why the last measuring of a run ended early; a cancel is no failure. */
  failed: Readonly<Record<string, string>>;
}

export const measurementsStore = createStore<MeasurementsState>()(() => ({ byRun: {}, running: {}, failed: {} }));

export function measurementOf(state: MeasurementsState, runId: string | null, { layer, head }: HeadPlace): Measurement | null {
  return (runId === null ? undefined : state.byRun[runId]?.[layer]?.[head]) ?? null;
}

/** True where the config has another pattern by now than the one measured. */
export function isStale(measurement: Measurement, current: Pattern | null): boolean {
  return current === null || !samePattern(measurement.pattern, current);
}

/** Takes in numbers of heads: from run.measure, from a surface at an edge, from a search. */
export function recordMeasurements(runId: string, found: readonly (HeadPlace & { measurement: Measurement })[]): void {
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  const { layers, heads, rows } = run.info;
  measurementsStore.setState(({ byRun }) => {
    const grid = Array.from({ length: layers }, (_, layer) => {
      const old = byRun[runId]?.[layer];
      return Array.from({ length: heads }, (__, head) => old?.[head] ?? null);
    });
    for (const { layer, head, measurement } of found) {
      const row = grid[layer];
      if (row && head < heads) row[head] = measurement;
    }
    return { byRun: { ...byRun, [runId]: grid } };
  });
  noteMeasuredOn(
    runId,
    found.map(({ layer, head, measurement: { pattern, recall, nominal, executed } }) => ({
      layer,
      head,
      pattern,
      measured: { runId, rows: [0, rows], recall, nominal, executed },
    })),
  );
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

const FLUSH_MS = 50;

/** Measures heads (default: those without a number) under the committed config; numbers appear head by head. Null: nothing to do. */
export function measureHeads(runId: string, heads: readonly HeadPlace[] = unmeasuredHeads(runId)): StartedJob<void> | null {
  if (heads.length === 0 || measurementsStore.getState().running[runId]) return null;
  const entries = documentOf(runId)?.entries ?? [];
  measurementsStore.setState(({ running, failed: { [runId]: _, ...failed } }) => ({ running: { ...running, [runId]: true }, failed }));
  const job = startJob({
    title: heads.length === 1 ? `Measure L${heads[0]?.layer} H${heads[0]?.head}` : `Measure ${heads.length.toLocaleString('en-US')} heads`,
    runId,
    resume: { label: 'Resume', run: (now) => void (now && measureHeads(now)) },
    run: async ({ signal, onProgress }) => {
      let waiting: HeadMeasurement[] = [];
      let timer: ReturnType<typeof setTimeout> | undefined;
      const flush = () => {
        clearTimeout(timer);
        timer = undefined;
        const batch = waiting;
        waiting = [];
        if (batch.length > 0) recordMeasurements(runId, batch.map(fromEvent));
      };
      try {
        await engine().call(
          'run.measure',
          { runId, patterns: entries.map((row) => row.map((entry) => entry.pattern)), heads: [...heads] },
          {
            signal,
            onProgress,
            onEvent: (event) => {
              waiting.push(event);
              timer ??= setTimeout(flush, FLUSH_MS);
            },
          },
        );
      } finally {
        flush();
      }
    },
  });
  const end = () => measurementsStore.setState(({ running: { [runId]: _, ...running } }) => ({ running }));
  job.result.then(end, (thrown: unknown) => {
    end();
    const { code, message } = codedError(thrown);
    // A lost engine has a banner of its own.
    if (code !== 'CANCELLED' && code !== 'BACKEND_LOST')
      measurementsStore.setState(({ failed }) => ({ failed: { ...failed, [runId]: message } }));
  });
  return job;
}

function fromEvent({
  layer,
  head,
  pattern,
  recall,
  minRecall,
  nominal,
  executed,
}: HeadMeasurement): HeadPlace & { measurement: Measurement } {
  return { layer, head, measurement: { pattern, recall, missed: 1 - recall, minRecall, nominal, executed } };
}

/** The run was made again, of the same model and prompt, under another id: its numbers hold. */
export function moveMeasurements(from: string, to: string): void {
  measurementsStore.setState(({ byRun: { [from]: grid, ...byRun } }) => (grid ? { byRun: { ...byRun, [to]: grid } } : {}));
}

export function dropMeasurements(runId: string): void {
  measurementsStore.setState(({ byRun: { [runId]: _, ...byRun } }) => ({ byRun }));
}
