// How finely the picture is drawn while it moves. Where frames come late (software graphics, a large screen) a moving picture has half
// the resolution; at rest it always has all of it.

/** Gaps between frames that are late, and that are quick enough for the full resolution. */
const LATE_MS = 26;
const QUICK_MS = 12;
/** Frames of a movement that are looked at. */
const WATCHED = 4;
/** A picture that has not moved for so long is at rest. */
const REST_MS = 140;

export class PictureScale {
  readonly #rested: () => void;
  #gaps: number[] = [];
  #last = 0;
  #coarse = false;
  #moving = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `rested`: a movement is over, draw with the full resolution. */
  constructor(rested: () => void) {
    this.#rested = rested;
  }

  /** The view has moved and is about to be drawn, at `now`. */
  moved(now: number): void {
    if (this.#moving) this.#gaps.push(now - this.#last);
    if (this.#gaps.length > WATCHED) this.#gaps.shift();
    this.#last = now;
    this.#moving = true;
    if (this.#gaps.length === WATCHED) {
      const middle = [...this.#gaps].sort((a, b) => a - b)[WATCHED >> 1] ?? 0;
      // What was too much for one movement is too much for the next: only much quicker frames undo it.
      if (middle > LATE_MS) this.#coarse = true;
      else if (middle < QUICK_MS) this.#coarse = false;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#moving = false;
      this.#gaps = [];
      if (this.#coarse) this.#rested();
    }, REST_MS);
  }

  /** Of the full resolution, now. */
  get scale(): 1 | 0.5 {
    return this.#moving && this.#coarse ? 0.5 : 1;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
