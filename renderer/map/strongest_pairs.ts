// The pairs of a view with the most attention, or the most that the mask misses: exact, asked once everything rests, an older question
// withdrawn. The last answer stays until the next one is there, and says that it is of before.
import { useEffect, useState } from 'react';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Rect } from '../../engine/protocol/records.ts';
import { connectionStore } from '../state/connection.ts';
import type { TokenRect } from '../tiles/pyramid.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

export interface StrongPair {
  q: number;
  k: number;
  value: number;
}

export interface StrongPairs {
  /** Larger first; null: none were found yet. */
  pairs: readonly StrongPair[] | null;
  /** What is shown belongs to the view, head and pattern that were asked. */
  current: boolean;
  error: string | null;
}

const REST_MS = 250;

/** The whole tokens of a view that lie inside the matrix and hold a causal pair; null where there is none. */
export function causalRect({ q0, q1, k0, k1 }: TokenRect, tokens: number): Rect | null {
  const first = (from: number) => Math.max(0, Math.floor(from));
  const end = (to: number) => Math.min(tokens, Math.ceil(to));
  const rect: Rect = [first(q0), end(q1), first(k0), Math.min(end(k1), end(q1))];
  return rect[0] < rect[1] && rect[2] < rect[3] ? rect : null;
}

/** `missedBy`: only pairs that it drops. `rect` null: nothing is asked. */
export function useStrongestPairs(place: TilePlace | null, rect: Rect | null, missedBy: Pattern | null, count: number): StrongPairs {
  const [answer, setAnswer] = useState<{ key: string; pairs: readonly StrongPair[] } | null>(null);
  const [failure, setFailure] = useState<{ key: string; error: string } | null>(null);
  const key = place && rect ? `${placeKey(place)} ${rect.join(',')} ${JSON.stringify(missedBy)} ${count}` : '';
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is all of them
  useEffect(() => {
    const { client } = connectionStore.getState();
    if (!place || !rect || !client) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const { runId, layer, head } = place;
      client.call('map.strongest', { runId, layer, head, rect, count, ...(missedBy ? { missedBy } : {}) }, { signal: abort.signal }).then(
        ({ pairs }) => !abort.signal.aborted && setAnswer({ key, pairs }),
        (thrown) => !abort.signal.aborted && setFailure({ key, error: codedError(thrown).message }),
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  // Another head's pairs are no stand-in for this one's.
  const same = answer && place && answer.key.startsWith(`${placeKey(place)} `);
  return { pairs: same ? answer.pairs : null, current: answer?.key === key, error: failure?.key === key ? failure.error : null };
}
