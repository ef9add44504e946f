// What to do when the interface's page is gone: load it again, unless it keeps going.

/** So many crashes within the window are loaded again by themselves; the next one asks. */
export const MAX_RELOADS = 3;
export const WINDOW_MS = 60_000;

export type PageEnd = 'ignore' | 'reload' | 'ask';

export class PageCrashes {
  #times: number[] = [];

  /** `reason`: as Electron's render-process-gone tells it; `now` in ms. */
  ended(reason: string, now: number): PageEnd {
    // The page ended because it was asked to: closed, or replaced by a navigation.
    if (reason === 'clean-exit') return 'ignore';
    this.#times = [...this.#times.filter((time) => now - time < WINDOW_MS), now];
    return this.#times.length > MAX_RELOADS ? 'ask' : 'reload';
  }

  /** The user said to go on. */
  forget(): void {
    this.#times = [];
  }
}
