// How finely the picture is drawn while it moves. Where frames fail to come (software graphics, a large screen) a moving picture has
// half the resolution; at rest it always has all of it.

/** A frame this long after the one before it left a vertical blank of a 60 Hz screen without a picture. */
const LATE_MS = 25;
/** Frames of a movement that are looked at, and how many of them may be late before the resolution gives way. */
const WATCHED = 12;
const LATE_ALLOWED = 1;
/** A picture that has not moved for so long is at rest. */
const REST_MS = 140;
/** What was too much for one movement is too much for the next ones; then the full resolution is tried again. */
const COARSE_MS = 30_000;

export class PictureScale {
  readonly #rested: () => void;
  #gaps: number[] = [];
  #last = 0;
  #coarseUntil = 0;
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
    // Within a movement the resolution only ever falls: a picture that flickers between two would be worse than either.
    else this.#coarse = now < this.#coarseUntil;
    if (this.#gaps.length > WATCHED) this.#gaps.shift();
    this.#last = now;
    this.#moving = true;
    if (!this.#coarse && this.#gaps.filter((gap) => gap > LATE_MS).length > LATE_ALLOWED) {
      this.#coarse = true;
      this.#coarseUntil = now + COARSE_MS;
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
