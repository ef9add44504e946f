// The attention of one row over all its keys, asked once the cursor rests on a row, the newest few rows kept.
import { frameFloats } from '../../engine/protocol/frame.ts';
import { connectionStore } from '../state/connection.ts';
import { ByteLru } from '../tiles/byte_lru.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

const REST_MS = 60;
const LIMIT_BYTES = 16 << 20;

export class RowHeat {
  readonly #kept = new ByteLru<Float32Array>(LIMIT_BYTES);
  readonly #arrived: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** [row + 1] probabilities, or null while they are being asked. */
  of(place: TilePlace, row: number): Float32Array | null {
    const key = `${placeKey(place)} ${row}`;
    const known = this.#kept.get(key);
    clearTimeout(this.#timer);
    if (known) return known;
    this.#timer = setTimeout(() => void this.#ask(place, row, key), REST_MS);
    return null;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
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
    this.#arrived();
  }
}
