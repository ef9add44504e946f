// Frames a second in the status bar while something moves, and none at rest.
import { readoutStore } from '../state/readout.ts';
import { framesPerSecond, mapCounters } from './frame_scheduler.ts';

const REST_MS = 600;

export class FrameSpeed {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A frame was drawn. */
  note(): void {
    const speed = framesPerSecond(mapCounters(), performance.now());
    if (speed !== null) readoutStore.setState({ framesPerSecond: Math.round(speed) });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (readoutStore.getState().framesPerSecond !== null) readoutStore.setState({ framesPerSecond: null });
    }, REST_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
