// What can be looked at: runs the engine holds, and what the host offers to start from.
import { createStore } from 'zustand/vanilla';
import type { Library } from '../../engine/protocol/library.ts';
import type { Params } from '../../engine/protocol/methods.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { RecentEntry } from '../host/bridge.ts';
import { engine } from './connection.ts';
import { focusRun, focusStore } from './focus.ts';
import { linksStore } from './links.ts';
import { openDocument } from './run_documents.ts';
import { setTokens } from './viewports.ts';

/** How a run was made: enough to make it again after the engine lost it. */
export type RunSource =
  | { method: 'run.prefill'; params: Params<'run.prefill'> }
  | { method: 'run.open'; params: Params<'run.open'> }
  | { method: 'run.capture'; params: Params<'run.capture'> };

export interface KnownRun {
  info: RunInfo;
  /** 'kv on SmolLM2-135M'. */
  name: string;
  /** Null for a run that another window or an earlier start made. */
  source: RunSource | null;
  /** False once the engine has lost it: what is on screen stays, nothing new can be asked. */
  live: boolean;
}

export interface LibraryState {
  status: 'unknown' | 'loading' | 'ready' | 'failed';
  error: string | null;
  models: Library['models'];
  prompts: Library['prompts'];
  /** Saved runs, captures and configs of the host. */
  saved: Library['runs'];
  captures: Library['captures'];
  configs: Library['configs'];
  notes: readonly string[];
  /** Newest last. The current one is focusStore's runId; see currentRun(). */
  runs: readonly KnownRun[];
  recent: readonly RecentEntry[];
}

export const libraryStore = createStore<LibraryState>()(() => ({
  status: 'unknown',
  error: null,
  models: [],
  prompts: [],
  saved: [],
  captures: [],
  configs: [],
  notes: [],
  runs: [],
  recent: [],
}));

export function runOf(state: LibraryState, runId: string | null): KnownRun | null {
  return state.runs.find((run) => run.info.runId === runId) ?? null;
}

/** The run on screen; null before the first. */
export function currentRun(): KnownRun | null {
  return runOf(libraryStore.getState(), focusStore.getState().runId);
}

function nameOf(info: RunInfo): string {
  const what = info.kind === 'prefill' ? 'run' : info.kind === 'saved' ? 'saved run' : 'capture';
  return `${info.model.name} ${what}, ${info.rows.toLocaleString('en-US')} tokens`;
}

/** A run that came to be, or came to be known. A name that is taken gets a number, so that two prefills of a prompt can be told apart. */
export function addRun(info: RunInfo, name: string = nameOf(info), source: RunSource | null = null): void {
  libraryStore.setState(({ runs }) => {
    const others = runs.filter((run) => run.info.runId !== info.runId);
    const taken = new Set(others.map((run) => run.name));
    let unique = name;
    for (let count = 2; taken.has(unique); count += 1) unique = `${name} (${count})`;
    return { runs: [...others, { info, name: unique, source, live: true }] };
  });
}

export function dropRun(runId: string): void {
  libraryStore.setState(({ runs }) => ({ runs: runs.filter((run) => run.info.runId !== runId) }));
}

/** An empty name changes nothing. */
export function renameRun(runId: string, name: string): void {
  const trimmed = name.trim();
  if (trimmed === '') return;
  libraryStore.setState(({ runs }) => ({ runs: runs.map((run) => (run.info.runId === runId ? { ...run, name: trimmed } : run)) }));
}

/** Makes it the run on screen, with the document, the selection and the place in the map it had there last. */
export function showRun(runId: string): void {
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  openDocument(runId);
  setTokens(run.info.rows, { keep: linksStore.getState().place });
  focusRun(runId, run.info);
}

/** Asks the engine again for its library and its runs; runs it no longer holds are marked, not removed. */
export async function refreshLibrary(): Promise<void> {
  libraryStore.setState({ status: 'loading', error: null });
  try {
    const client = engine();
    const [offer, { runs: held }] = await Promise.all([client.call('library.list', {}), client.call('run.list', {})]);
    const { runs: saved, models, prompts, captures, configs, notes } = offer;
    const heldIds = new Set(held.map((info) => info.runId));
    libraryStore.setState(({ runs }) => ({
      status: 'ready',
      models,
      prompts,
      saved,
      captures,
      configs,
      notes,
      runs: runs.map((run) => ({ ...run, live: heldIds.has(run.info.runId) })),
    }));
    const known = new Set(libraryStore.getState().runs.map((run) => run.info.runId));
    for (const info of held) if (!known.has(info.runId)) addRun(info);
  } catch (thrown) {
    libraryStore.setState({ status: 'failed', error: thrown instanceof Error ? thrown.message : String(thrown) });
    throw thrown;
  }
}

/** All runs are gone with the connection that held them: an engine frees the runs of a client that leaves. */
export function markRunsLost(): void {
  libraryStore.setState(({ runs }) => ({ runs: runs.map((run) => ({ ...run, live: false })) }));
}
