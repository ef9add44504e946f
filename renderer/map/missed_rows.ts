// The mass that every row of a head loses under a pattern, exact: asked once the pattern rests, an older question is withdrawn, the
// newest answers kept.
import { frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { connectionStore } from '../state/connection.ts';
import { ByteLru } from '../tiles/byte_lru.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

const LIMIT_BYTES = 16 << 20;
const REST_MS = 150;
const RETRY_MS = 3000;

export class MissedRows {
  readonly #kept = new ByteLru<Float32Array>(LIMIT_BYTES);
  readonly #changed: () => void;
  readonly #failedAt = new Map<string, number>();
  #wanted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** 1 - recall of each row. */
  known(place: TilePlace, pattern: Pattern): Float32Array | null {
    return this.#kept.get(placeKey({ ...place, droppedBy: pattern })) ?? null;
  }

  want(place: TilePlace, pattern: Pattern): void {
    const key = placeKey({ ...place, droppedBy: pattern });
    if (key === this.#wanted) return;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#wanted = key;
    if (this.#kept.has(key)) return;
    this.#timer = setTimeout(() => void this.#ask(place, pattern, key), REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#wanted = '';
  }

  async #ask({ runId, layer, head }: TilePlace, pattern: Pattern, key: string): Promise<void> {
    const { client } = connectionStore.getState();
    const failed = this.#failedAt.get(key);
    if (!client || (failed !== undefined && performance.now() - failed < RETRY_MS)) {
      this.#wanted = '';
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    const parts: Float32Array[] = [];
    try {
      await client.call(
        'pattern.rows',
        { runId, layer, head, pattern },
        { signal: abort.signal, onFrame: (frame) => void parts.push(frameFloats(frame).map((recall) => Math.max(0, 1 - recall))) },
      );
    } catch {
      // The bands of the surface stay, and say that they are an estimate.
      if (!abort.signal.aborted) {
        this.#failedAt.set(key, performance.now());
        this.#wanted = '';
      }
      return;
    }
    const missed = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      missed.set(part, at);
      at += part.length;
    }
    this.#kept.set(key, missed, missed.byteLength);
    this.#changed();
  }
}
