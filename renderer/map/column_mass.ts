// The mass of a head's columns, asked once a head when the picture is complete, the newest heads kept.
import { frameDoubles } from '../../engine/protocol/frame.ts';
import { connectionStore } from '../state/connection.ts';
import { ByteLru } from '../tiles/byte_lru.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';
import { ColumnPeaks } from './column_peaks.ts';

const LIMIT_BYTES = 16 << 20;
const RETRY_MS = 3000;

export class ColumnMass {
  readonly #kept = new ByteLru<ColumnPeaks>(LIMIT_BYTES);
  readonly #changed: () => void;
  #underWay: { key: string; abort: AbortController } | null = null;
  readonly #failedAt = new Map<string, number>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  known(place: TilePlace): ColumnPeaks | null {
    return this.#kept.get(placeKey(place)) ?? null;
  }

  /** Asks where it is missing; an answer for another head is no longer waited for. */
  want(place: TilePlace): void {
    const key = placeKey(place);
    const failed = this.#failedAt.get(key);
    if (this.#kept.has(key) || this.#underWay?.key === key || (failed !== undefined && performance.now() - failed < RETRY_MS)) return;
    const { client } = connectionStore.getState();
    if (!client) return;
    this.#underWay?.abort.abort();
    const mine = { key, abort: new AbortController() };
    this.#underWay = mine;
    const parts: Float64Array[] = [];
    const { runId, layer, head } = place;
    client
      .call(
        'map.profiles',
        { runId, layer, head },
        {
          signal: mine.abort.signal,
          onFrame: (frame) => {
            if (frame.key === 0) parts.push(frameDoubles(frame).slice());
          },
        },
      )
      .then(
        () => {
          const mass = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
          let at = 0;
          for (const part of parts) {
            mass.set(part, at);
            at += part.length;
          }
          this.#kept.set(key, new ColumnPeaks(mass), 2 * mass.byteLength);
          this.#changed();
        },
        () => this.#failedAt.set(key, performance.now()),
      )
      .finally(() => {
        if (this.#underWay === mine) this.#underWay = null;
      });
  }

  stop(): void {
    this.#underWay?.abort.abort();
  }
}
