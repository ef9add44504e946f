// The prefill run again, dense or under another config and with the config: one result a run, kept until the next. It belongs to the
// patterns it ran with; once the config has others it is stale and says so.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { type Baseline, baselineDocument, chosenBaseline, comparisonSetupStore } from './comparison_setup.ts';
import { type ConfigState, commitLive, configStore } from './config_document.ts';
import { exportDocument } from './config_files.ts';
import { engine } from './connection.ts';
import { type StartedJob, startJob } from './jobs.ts';
import { samePattern } from './pattern_identity.ts';

export interface ComparisonEntry {
  status: 'running' | 'ready' | 'failed' | 'cancelled';
  /** The last result; kept while a new one is being made and where that fails. */
  result: Comparison | null;
  /** [layers][heads], what `result` ran with, and the config's name then. */
  patterns: readonly (readonly Pattern[])[];
  configName: string;
  /** What `result` was compared with: its name and document; null: dense. */
  baseline: { name: string; document: string } | null;
  /** Milliseconds since 1970. */
  madeAt: number | null;
  error: { code: string; message: string } | null;
  /** Stops the one that is running. */
  cancel: (() => void) | null;
  /** Of all prefills; while running, and where the last one was cancelled. */
  progress: { done: number; total: number; note: string } | null;
}

export interface ComparisonsState {
  byRun: Readonly<Record<string, ComparisonEntry>>;
}

export const comparisonsStore = createStore<ComparisonsState>()(() => ({ byRun: {} }));

const ABSENT: ComparisonEntry = {
  status: 'ready',
  result: null,
  patterns: [],
  configName: '',
  baseline: null,
  madeAt: null,
  error: null,
  cancel: null,
  progress: null,
};

function change(runId: string, part: Partial<ComparisonEntry>): void {
  comparisonsStore.setState(({ byRun }) => ({ byRun: { ...byRun, [runId]: { ...(byRun[runId] ?? ABSENT), ...part } } }));
}

export function comparisonOf(state: ComparisonsState, runId: string | null): ComparisonEntry | null {
  return (runId === null ? undefined : state.byRun[runId]) ?? null;
}

/** True where a head of the config has another pattern than the one compared. */
export function isComparisonStale({ patterns }: ComparisonEntry, { entries }: Pick<ConfigState, 'entries'>): boolean {
  if (patterns.length !== entries.length) return true;
  return patterns.some((row, layer) => {
    const now = entries[layer];
    return now?.length !== row.length || row.some((pattern, head) => !samePattern(pattern, now[head]?.pattern ?? { kind: 'dense' }));
  });
}

/** Runs the prefill again as a job; an edit under way is committed first. Null where one is running already. */
export function startComparison(runId: string): StartedJob<Comparison> | null {
  if (comparisonsStore.getState().byRun[runId]?.status === 'running') return null;
  change(runId, { status: 'running', error: null, progress: { done: 0, total: 0, note: '' } });
  const chosen: Baseline = chosenBaseline(configStore.getState());
  const { repeats } = comparisonSetupStore.getState();
  const job = startJob({
    title: chosen.source === null ? 'Prefill, dense and sparse' : 'Prefill with two configs',
    runId,
    resume: { label: 'Start again', run: (now) => void (now && startComparison(now)) },
    run: async ({ signal, onProgress }) => {
      commitLive();
      const written = exportDocument(runId, 'headscope');
      // Of the document as it is written now: the user may go to another run meanwhile.
      const { entries, name } = configStore.getState();
      const { text } = await written;
      const document = await baselineDocument(runId, chosen);
      const patterns = entries.map((row) => row.map((entry) => entry.pattern));
      const result = await engine().call(
        'run.compare',
        { runId, config: text, repeats, ...(document === null ? {} : { baseline: document }) },
        {
          signal,
          onProgress: (progress) => {
            onProgress(progress);
            change(runId, { progress });
          },
        },
      );
      const baseline = document === null ? null : { name: chosen.name, document };
      change(runId, { status: 'ready', result, patterns, configName: name, baseline, madeAt: Date.now(), cancel: null, progress: null });
      return result;
    },
  });
  change(runId, { cancel: job.cancel });
  job.result.catch((thrown: unknown) => {
    const { code, message } = codedError(thrown);
    // After a cancel the former result is as good as it was.
    if (code === 'CANCELLED') change(runId, { status: 'cancelled', cancel: null });
    else if (code === 'BACKEND_LOST') change(runId, { status: 'ready', cancel: null, progress: null });
    else change(runId, { status: 'failed', cancel: null, progress: null, error: { code, message } });
  });
  return job;
}
