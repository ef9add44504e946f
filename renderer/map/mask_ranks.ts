// The ranks that a pattern's mask needs, for whichever estimator the pattern names. The usual estimator's are shared with the
// inspector through state/surfaces; others are kept here, the newest few.
import { frameIntegers } from '../../engine/protocol/frame.ts';
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import { connectionStore } from '../state/connection.ts';
import { type Ranks, requestRanks, surfaceOf, surfacesStore } from '../state/surfaces.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import { type Estimator, estimatorOf } from './mask_rule.ts';

const MOST_KEPT = 16;

function isUsual(estimator: Estimator): boolean {
  return Object.entries(estimator).every(
    ([name, value]) => name === 'kind' || new Map<string, number>(Object.entries(ESTIMATOR_DEFAULTS)).get(name) === value,
  );
}

interface Kept {
  ranks: Ranks | null;
  error: string | null;
}

export interface RanksAnswer extends Kept {
  pending: boolean;
}

export class MaskRanks {
  readonly #kept = new Map<string, Kept>();
  readonly #underWay = new Map<string, AbortController>();
  readonly #changed: () => void;

  /** `changed` when an answer has come. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What is known now; asks for what is missing. */
  of(place: TilePlace, pattern: Pattern | null): RanksAnswer {
    const estimator = pattern ? estimatorOf(pattern) : null;
    if (!estimator) return { ranks: null, error: null, pending: false };
    if (isUsual(estimator)) {
      const spot = { ...place, kind: estimator.kind };
      const { ranks, ranksStatus, ranksError } = surfaceOf(surfacesStore.getState(), spot);
      if (ranksStatus === 'absent' && connectionStore.getState().client) requestRanks(spot).catch(() => {});
      return { ranks, error: ranksError, pending: ranksStatus === 'absent' || ranksStatus === 'running' };
    }
    const key = `${place.runId} ${place.layer} ${place.head} ${JSON.stringify(estimator)}`;
    const kept = this.#kept.get(key);
    if (kept) return { ...kept, pending: false };
    if (!this.#underWay.has(key)) void this.#ask(key, place, estimator);
    return { ranks: null, error: null, pending: true };
  }

  stop(): void {
    for (const abort of this.#underWay.values()) abort.abort();
    this.#underWay.clear();
  }

  async #ask(key: string, { runId, layer, head }: TilePlace, estimator: Estimator): Promise<void> {
    const { client } = connectionStore.getState();
    if (!client) return;
    // Only the pattern on screen matters: an older question is withdrawn.
    this.stop();
    const abort = new AbortController();
    this.#underWay.set(key, abort);
    const parts: { key: number; items: Int32Array }[] = [];
    let answer: Kept;
    try {
      const { rows } = await client.call(
        'pattern.ranks',
        { runId, layer, head, ...estimator },
        { signal: abort.signal, onFrame: (frame) => void parts.push({ key: frame.key, items: frameIntegers(frame).slice() }) },
      );
      const whole = (wanted: (key: number) => boolean) => joined(parts.filter((part) => wanted(part.key)).map((part) => part.items));
      const ranks: Ranks =
        estimator.kind === 'vertical_slash'
          ? { kind: 'vertical_slash', columns: whole((k) => k === 0), distances: whole((k) => k === 1) }
          : { kind: 'block_sparse', blocks: whole(() => true), side: rows, blockSize: estimator.blockSize ?? ESTIMATOR_DEFAULTS.blockSize };
      answer = { ranks, error: null };
    } catch (thrown) {
      if (abort.signal.aborted) return;
      answer = { ranks: null, error: thrown instanceof Error ? thrown.message : String(thrown) };
    } finally {
      this.#underWay.delete(key);
    }
    this.#kept.set(key, answer);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    this.#changed();
  }
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
