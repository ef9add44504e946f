// The attention of one row over all its keys, asked once the cursor rests on a row, the newest few rows kept.
import { frameFloats } from '../../engine/protocol/frame.ts';
import { connectionStore } from '../state/connection.ts';
import { ByteLru } from '../tiles/byte_lru.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

const REST_MS = 60;
const LIMIT_BYTES = 16 << 20;

const keyOf = (place: TilePlace, row: number) => `${placeKey(place)} ${row}`;

export class RowHeat {
  readonly #kept = new ByteLru<Float32Array>(LIMIT_BYTES);
  readonly #listeners = new Set<() => void>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  /** `arrived` is called for every row that comes from now on; returns what ends that, and the question under way with it. */
  follow(arrived: () => void): () => void {
    this.#listeners.add(arrived);
    return () => {
      this.#listeners.delete(arrived);
      clearTimeout(this.#timer);
      this.#abort?.abort();
    };
  }

  /** [row + 1] probabilities; null where they have not come. */
  of(place: TilePlace, row: number): Float32Array | null {
    return this.#kept.get(keyOf(place, row)) ?? null;
  }

  /** Asks for the row unless another one is wanted within a moment. */
  want(place: TilePlace, row: number): void {
    clearTimeout(this.#timer);
    const key = keyOf(place, row);
    if (!this.#kept.get(key)) this.#timer = setTimeout(() => void this.#ask(place, row, key), REST_MS);
  }

  async #ask({ runId, layer, head }: TilePlace, row: number, key: string): Promise<void> {
    const { client } = connectionStore.getState();
    if (!client) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const heat = new Float32Array(row + 1);
    let at = 0;
    try {
      await client.call(
        'map.row',
        { runId, layer, head, row },
        {
          signal: abort.signal,
          onFrame: (frame) => {
            const cells = frameFloats(frame);
            heat.set(cells.subarray(0, heat.length - at), at);
            at += cells.length;
          },
        },
      );
    } catch {
      return; // No heat under the tokens; the tokens themselves stay.
    }
    if (abort.signal.aborted) return;
    this.#kept.set(key, heat, heat.byteLength);
    for (const arrived of [...this.#listeners]) arrived();
  }
}
