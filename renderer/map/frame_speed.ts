// Frames a second in the status bar while something moves, and none at rest.
import { readoutStore } from '../state/readout.ts';
import { framesPerSecond, mapCounters } from './frame_scheduler.ts';

const REST_MS = 600;
/** A number that changes every frame cannot be read, and has to be painted. */
const SAY_MS = 250;

export class FrameSpeed {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saidAt = 0;

  /** A frame was drawn. */
  note(): void {
    const now = performance.now();
    if (now - this.#saidAt >= SAY_MS) {
      const speed = framesPerSecond(mapCounters(), now);
      if (speed !== null) readoutStore.setState({ framesPerSecond: Math.round(speed) });
      this.#saidAt = now;
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (readoutStore.getState().framesPerSecond !== null) readoutStore.setState({ framesPerSecond: null });
    }, REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
