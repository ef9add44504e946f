// The exact attention of the pair of tokens under the cursor: asked once the cursor rests, the newest wins.
import { frameFloats } from '../../engine/protocol/frame.ts';
import { connectionStore } from '../state/connection.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

const REST_MS = 50;
const MOST_KEPT = 4096;

export class ExactValue {
  readonly #kept = new Map<string, number>();
  readonly #arrived: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(arrived: () => void) {
    this.#arrived = arrived;
  }

  /** The value, or undefined while it is not known; asks for it after a moment. */
  at(place: TilePlace, q: number, k: number): number | undefined {
    const key = `${placeKey(place)} ${q} ${k}`;
    const known = this.#kept.get(key);
    clearTimeout(this.#timer);
    if (known !== undefined) return known;
    this.#timer = setTimeout(() => void this.#ask(place, q, k, key), REST_MS);
    return undefined;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
  }

  async #ask({ runId, layer, head }: TilePlace, q: number, k: number, key: string): Promise<void> {
    const { client } = connectionStore.getState();
    if (!client) return;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    let value: number | undefined;
    try {
      await client.call(
        'map.exact',
        { runId, layer, head, rect: [q, q + 1, k, k + 1] },
        {
          signal: abort.signal,
          onFrame: (frame) => {
            value = frameFloats(frame)[0];
          },
        },
      );
    } catch {
      return; // The read-out goes on saying the drawn cell's value.
    }
    if (value === undefined || abort.signal.aborted) return;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(key, value);
    this.#arrived();
  }
}
