// What one pattern does to one head, asked for once and kept: output error and kernel time, and the exact recall of budgets that no
// surface holds. A question asked while another is under way waits; of those that wait only the newest is put.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { EvaluationResult } from '../../engine/protocol/records.ts';
import { engine } from './connection.ts';
import type { HeadPlace } from './focus.ts';

export interface EvaluationPlace extends HeadPlace {
  runId: string;
}

export interface Evaluation {
  status: 'running' | 'ready' | 'failed';
  result: EvaluationResult | null;
  error: string | null;
}

export interface EvaluationsState {
  /** By evaluationKey(), oldest first. */
  entries: Readonly<Record<string, Evaluation>>;
}

const MOST_ENTRIES = 512;

export const evaluationsStore = createStore<EvaluationsState>()(() => ({ entries: {} }));

export function evaluationKey({ runId, layer, head }: EvaluationPlace, pattern: Pattern): string {
  const fields = Object.entries(pattern).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${runId}/${layer}/${head}/${JSON.stringify(fields)}`;
}

export function evaluationOf(state: EvaluationsState, place: EvaluationPlace, pattern: Pattern): Evaluation | null {
  return state.entries[evaluationKey(place, pattern)] ?? null;
}

function change(key: string, entry: Evaluation | null): void {
  evaluationsStore.setState(({ entries: { [key]: _, ...others } }) => {
    const kept = Object.entries(others);
    const surplus = kept.length + (entry ? 1 : 0) - MOST_ENTRIES;
    const rest = surplus > 0 ? Object.fromEntries(kept.slice(surplus)) : others;
    return { entries: entry ? { ...rest, [key]: entry } : rest };
  });
}

const running = new Map<string, Promise<EvaluationResult>>();

/** From the store, from the call under way, or from a new call. */
export function evaluate(place: EvaluationPlace, pattern: Pattern, signal?: AbortSignal): Promise<EvaluationResult> {
  const key = evaluationKey(place, pattern);
  const known = evaluationsStore.getState().entries[key];
  if (known?.result) return Promise.resolve(known.result);
  const under = running.get(key);
  if (under) return under;
  change(key, { status: 'running', result: null, error: null });
  const result = (async () => {
    try {
      const { runId, layer, head } = place;
      const found = await engine().call('pattern.evaluate', { runId, layer, head, pattern }, { signal });
      change(key, { status: 'ready', result: found, error: null });
      return found;
    } catch (thrown) {
      const { code, message } = codedError(thrown);
      const again = code === 'CANCELLED' || code === 'BACKEND_LOST';
      change(key, again ? null : { status: 'failed', result: null, error: message });
      throw thrown;
    } finally {
      running.delete(key);
    }
  })();
  result.catch(() => {});
  running.set(key, result);
  return result;
}

interface Question {
  place: EvaluationPlace;
  pattern: Pattern;
}

let asking = false;
let next: Question | null = null;

/** Asks for what is on screen now: an older question that has not been put yet is dropped. */
export function evaluateLatest(place: EvaluationPlace, pattern: Pattern): void {
  next = { place, pattern };
  if (!asking) void putQuestions();
}

/** Nothing on screen waits for an answer any more. */
export function forgetLatest(): void {
  next = null;
}

async function putQuestions(): Promise<void> {
  asking = true;
  try {
    while (next) {
      const { place, pattern } = next;
      next = null;
      await evaluate(place, pattern).catch(() => {});
    }
  } finally {
    asking = false;
  }
}

/** What belongs to a run that is gone. */
export function dropEvaluations(runId: string): void {
  evaluationsStore.setState(({ entries }) => ({
    entries: Object.fromEntries(Object.entries(entries).filter(([key]) => !key.startsWith(`${runId}/`))),
  }));
}
