// Whether a prefill fits, from the engine's plan: the same rule the engine applies when it is asked.
import type { Result } from '../../engine/protocol/methods.ts';
import { byteCount, wholeNumber } from '../ui/numbers.ts';

type Places = Result<'checkpoint.inspect'>['plans'][number]['places'];

/** Kept free by the engine for the rest of the process and the system. */
const RESERVE_SHARE = 0.1;

export interface MemoryPlan {
  tokens: number;
  /** Held at the peak; mapped weights do not count, the system drops their pages when it needs them. */
  bytes: number;
  usableBytes: number;
  places: Places;
  fits: boolean;
  /** 'Needs 412 MB of 14 GB that may be used.' */
  sentence: string;
}

export function memoryPlan(tokens: number, places: Places, availableBytes: number): MemoryPlan {
  const bytes = places.filter(({ name }) => !name.includes('mapped')).reduce((sum, place) => sum + place.bytes, 0);
  const usableBytes = availableBytes * (1 - RESERVE_SHARE);
  const fits = bytes <= usableBytes;
  const sentence = fits
    ? `${wholeNumber(tokens)} tokens need ${byteCount(bytes)} of ${byteCount(usableBytes)} that may be used.`
    : `${wholeNumber(tokens)} tokens need ${byteCount(bytes)}; ${byteCount(usableBytes)} may be used. A shorter prompt fits.`;
  return { tokens, bytes, usableBytes, places, fits, sentence };
}
