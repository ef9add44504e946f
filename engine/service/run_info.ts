// The public face of a run.

import { createHash } from 'node:crypto';
import type { LayerTiming as NativeTiming } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { LayerTiming } from '../protocol/records.ts';

export function publicTiming(timing: NativeTiming): LayerTiming {
  return { ...timing, executedTiles: [...timing.executedTiles], ranDense: [...timing.ranDense] };
}

/** sha256 (hex) of the ids as little-endian int32: the same prompt in any file gives the same hash. */
export function promptHash(ids: Int32Array): string {
  const bytes = new Uint8Array(ids.length * 4);
  const view = new DataView(bytes.buffer);
  ids.forEach((id, place) => {
    view.setInt32(place * 4, id, true);
  });
  return createHash('sha256').update(bytes).digest('hex');
}

/** Throws PROMPT_EMPTY, TOKEN_OUT_OF_RANGE with the token's place. */
export function checkedTokens(ids: readonly number[], vocabSize: number): Int32Array {
  if (ids.length === 0) throw new HeadscopeError('PROMPT_EMPTY', 'The prompt has no tokens; give at least one.');
  const place = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (place >= 0) {
    const text = `Token ${place} of the prompt is ${ids[place]}; this model's ids go from 0 to ${vocabSize - 1}.`;
    throw new HeadscopeError('TOKEN_OUT_OF_RANGE', text, { place, id: ids[place], vocabSize });
  }
  return Int32Array.from(ids);
}
