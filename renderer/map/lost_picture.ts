// Missed mass while a budget is dragged: nothing is counted for budgets that are passed over, and the last counted picture stays
// until the next one is whole.
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';

/** A dragged budget is counted once it rests this long. */
const SETTLE_MS = 120;

export class LostPicture {
  readonly #again: () => void;
  #shown: TilePlace | null = null;
  #dragged = { key: '', at: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `again`: the pattern has come to rest, draw. */
  constructor(again: () => void) {
    this.#again = again;
  }

  settled(place: TilePlace | null): boolean {
    const key = place ? placeKey(place) : '';
    if (key !== this.#dragged.key) {
      this.#dragged = { key, at: performance.now() };
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#again, SETTLE_MS + 10);
    }
    return performance.now() - this.#dragged.at >= SETTLE_MS;
  }

  /** This picture was whole. */
  shown(place: TilePlace): void {
    this.#shown = place;
  }

  /** The last whole picture of the same head. */
  before({ runId, layer, head }: TilePlace): TilePlace | null {
    const shown = this.#shown;
    return shown && shown.runId === runId && shown.layer === layer && shown.head === head ? shown : null;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
