// The graphics of the picture: one canvas with its context, which outlives the view that shows it. Making a context and its programs
// takes longer than drawing a head, so a view that goes leaves them, tiles and all, to the next one. Lost, given back and refused
// contexts are said in the map's status.
import { KeptCounts } from './kept_counts.ts';
import { MapRenderer } from './map_renderer.ts';
import { noteStatus } from './map_status.ts';

const words = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export class MapGraphics {
  readonly canvas: HTMLCanvasElement;
  /** Counts of the mask that is drawn. */
  readonly kept = new KeptCounts();
  readonly renderer: MapRenderer | null = null;
  #restored: () => void = () => {};
  #error: string | null = null;

  constructor() {
    this.canvas = document.createElement('canvas');
    this.canvas.addEventListener('webglcontextlost', (event) => {
      event.preventDefault();
      this.#say('The graphics context was lost. The picture returns when the browser gives it back.');
    });
    this.canvas.addEventListener('webglcontextrestored', () => {
      try {
        this.renderer?.restore();
        this.#say(null);
      } catch (thrown) {
        this.#say(words(thrown));
      }
      this.#restored();
    });
    try {
      this.renderer = new MapRenderer(this.canvas, this.kept);
    } catch (thrown) {
      this.#error = words(thrown);
    }
  }

  /** `restored`: everything must be drawn anew. */
  shownBy(restored: () => void): void {
    this.#restored = restored;
    noteStatus({ graphicsError: this.#error });
  }

  #say(error: string | null): void {
    this.#error = error;
    noteStatus({ graphicsError: error });
  }
}

let idle: MapGraphics | null = null;
let made = false;

/** Those of the last view, or new ones where another view has them or there are none that work. */
export function takeGraphics(restored: () => void): MapGraphics {
  const graphics = idle ?? new MapGraphics();
  idle = null;
  made = true;
  graphics.shownBy(restored);
  return graphics;
}

/** Before the first view: it then waits for neither the context nor the usual programs. */
export function makeGraphicsAhead(): void {
  if (made) return;
  made = true;
  const graphics = new MapGraphics();
  graphics.renderer?.prepare();
  leaveGraphics(graphics);
}

/** The view goes. */
export function leaveGraphics(graphics: MapGraphics): void {
  graphics.shownBy(() => {});
  graphics.canvas.remove();
  // A browser that refused a context may grant one later.
  idle = graphics.renderer ? graphics : idle;
}
