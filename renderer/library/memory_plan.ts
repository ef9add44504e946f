// What a prefill holds and takes, in the engine's words: its own plan, which is the rule it applies when it is asked to run.
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Result } from '../../engine/protocol/methods.ts';
import { aboutDuration, byteCount, wholeNumber } from '../ui/numbers.ts';

type Plan = Result<'checkpoint.plan'>;

export interface MemoryPlan {
  places: Plan['places'];
  fits: boolean;
  /** '10,240 tokens hold 412 MB of 14 GB that may be used.' */
  sentence: string;
  /** What else the run takes: files, time. Empty where the engine says nothing of it. */
  details: readonly string[];
}

export function planOf({ tokens, places, heldBytes, usableBytes, spilledBytes, backends }: Plan): MemoryPlan {
  const details: string[] = [];
  if (spilledBytes > 0)
    details.push(`${byteCount(spilledBytes)} of layer inputs go to disk, because memory does not hold them. The run stays exact.`);
  for (const { name, times } of backends)
    if (times) details.push(`Dense on ${name === 'cpu' ? 'the CPU' : name}: ${aboutDuration(times.totalMs)}.`);
  return {
    places,
    fits: true,
    sentence: `${wholeNumber(tokens)} tokens hold ${byteCount(heldBytes)} of ${byteCount(usableBytes)} that may be used.`,
    details,
  };
}

const number = (data: Record<string, unknown>, name: string): number | null => {
  const value = data[name];
  return typeof value === 'number' ? value : null;
};

/** The figures of a PROMPT_TOO_LONG: bytes asked and there, and the longest prompt that fits. Null for any other error. */
export function tooLong(thrown: unknown): { rows: number; bytes: number; usableBytes: number; fits: number } | null {
  const { code, data } = codedError(thrown);
  if (code !== 'PROMPT_TOO_LONG') return null;
  const [rows, bytes, usableBytes, fits] = [number(data, 'rows'), number(data, 'bytes'), number(data, 'usableBytes'), number(data, 'fits')];
  return rows !== null && bytes !== null && usableBytes !== null && fits !== null ? { rows, bytes, usableBytes, fits } : null;
}

/** The refusal as a plan; null where `thrown` is something else. */
export function refusedPlan(thrown: unknown): MemoryPlan | null {
  const figures = tooLong(thrown);
  if (!figures) return null;
  const { rows, bytes, usableBytes, fits } = figures;
  const room = `${wholeNumber(rows)} tokens would hold ${byteCount(bytes)}; ${byteCount(usableBytes)} may be used.`;
  return { places: [], fits: false, sentence: `${room} Up to ${wholeNumber(fits)} tokens fit.`, details: [] };
}
