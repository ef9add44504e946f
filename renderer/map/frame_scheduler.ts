// One animation frame for everything that changed since the last: drawn only where something is dirty, and counted.

export interface MapCounters {
  /** Frames drawn since the start. */
  frames: number;
  /** Milliseconds of main-thread work of the newest frames, oldest first. */
  frameMs: number[];
  /** Times of the same frames, performance.now(). */
  frameAt: number[];
  tilesUploaded: number;
  tileBytes: number;
  textureBytes: number;
  tilesReady: number;
  tilesWanted: number;
  /** The head on screen, since when any picture of it, and since when one tile of the level that suits the view; null: not yet. */
  shownHead: string;
  shownAt: number;
  sharpAt: number | null;
  /** When the mask of the newest pattern was first drawn. */
  maskAt: number;
}

declare global {
  interface Window {
    /** Read by the benchmarks; nothing in the interface depends on it. */
    __headscopeCounters?: MapCounters;
  }
}

const KEPT_FRAMES = 600;

export function mapCounters(): MapCounters {
  window.__headscopeCounters ??= {
    frames: 0,
    frameMs: [],
    frameAt: [],
    tilesUploaded: 0,
    tileBytes: 0,
    textureBytes: 0,
    tilesReady: 0,
    tilesWanted: 0,
    shownHead: '',
    shownAt: 0,
    sharpAt: null,
    maskAt: 0,
  };
  return window.__headscopeCounters;
}

export class FrameScheduler<Part extends string> {
  readonly #dirty = new Set<Part>();
  readonly #draw: (dirty: ReadonlySet<Part>) => void;
  #frame: number | null = null;
  #stopped = false;

  constructor(draw: (dirty: ReadonlySet<Part>) => void) {
    this.#draw = draw;
  }

  mark(...parts: Part[]): void {
    for (const part of parts) this.#dirty.add(part);
    if (this.#frame === null && !this.#stopped) this.#frame = requestAnimationFrame(() => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  #run(): void {
    this.#frame = null;
    const parts = new Set(this.#dirty);
    this.#dirty.clear();
    const begin = performance.now();
    this.#draw(parts);
    const counters = mapCounters();
    counters.frames += 1;
    counters.frameMs.push(performance.now() - begin);
    counters.frameAt.push(begin);
    if (counters.frameMs.length > KEPT_FRAMES) {
      counters.frameMs.shift();
      counters.frameAt.shift();
    }
  }
}

/** Frames a second over the newest frames, or null where the last one is long ago. */
export function framesPerSecond({ frameAt }: MapCounters, now: number): number | null {
  const last = frameAt.at(-1);
  if (last === undefined || now - last > 250) return null;
  const recent = frameAt.filter((at) => now - at < 1000);
  const first = recent[0];
  if (recent.length < 4 || first === undefined || last === first) return null;
  return ((recent.length - 1) * 1000) / (last - first);
}
