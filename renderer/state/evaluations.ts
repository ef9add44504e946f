// What one pattern does to one head, asked for once and kept: output error and kernel time, and the exact recall of budgets that no
// surface holds. A question asked while another is under way waits; of those that wait only the newest is put.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { EvaluationResult } from '../../engine/protocol/records.ts';
import { engine } from './connection.ts';
import type { HeadPlace } from './focus.ts';
import { patternKey } from './pattern_identity.ts';

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
  return `${runId}/${layer}/${head}/${patternKey(pattern)}`;
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

const running = new Map<string, { repeats: number; result: Promise<EvaluationResult> }>();

export interface EvaluateOptions {
  signal?: AbortSignal;
  /** Calls whose times are taken the median of; an answer of more calls answers a question for fewer. */
  repeats?: number;
}

/** From the store, from the call under way, or from a new call. */
export function evaluate(
  place: EvaluationPlace,
  pattern: Pattern,
  { signal, repeats = 1 }: EvaluateOptions = {},
): Promise<EvaluationResult> {
  const key = evaluationKey(place, pattern);
  const known = evaluationsStore.getState().entries[key]?.result ?? null;
  if (known && known.repeats >= repeats) return Promise.resolve(known);
  const under = running.get(key);
  if (under && under.repeats >= repeats) return under.result;
  change(key, { status: 'running', result: known, error: null });
  const result = (async () => {
    try {
      const { runId, layer, head } = place;
      const found = await engine().call(
        'pattern.evaluate',
        { runId, layer, head, pattern, ...(repeats > 1 ? { repeats } : {}) },
        { signal },
      );
      change(key, { status: 'ready', result: found, error: null });
      return found;
    } catch (thrown) {
      const { code, message } = codedError(thrown);
      const again = code === 'CANCELLED' || code === 'BACKEND_LOST';
      if (known) change(key, { status: 'ready', result: known, error: null });
      else change(key, again ? null : { status: 'failed', result: null, error: message });
      throw thrown;
    } finally {
      if (running.get(key)?.repeats === repeats) running.delete(key);
    }
  })();
  result.catch(() => {});
  running.set(key, { repeats, result });
  return result;
}

/** Calls that a time on screen is the median of, where they are cheap enough to make. */
export const TIMED_REPEATS = 5;
const CHEAP_MS = 1500;

/** The pattern's numbers, then its time as a median, unless the repeats would take longer than a glance. */
export async function evaluateTimed(place: EvaluationPlace, pattern: Pattern, signal?: AbortSignal): Promise<EvaluationResult> {
  const once = await evaluate(place, pattern, signal ? { signal } : {});
  if (once.repeats >= TIMED_REPEATS || (TIMED_REPEATS - 1) * (once.elapsedMs + once.denseMs) > CHEAP_MS) return once;
  return evaluate(place, pattern, { repeats: TIMED_REPEATS, ...(signal ? { signal } : {}) });
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
      await evaluateTimed(place, pattern).catch(() => {});
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
