// Thumbnails as canvases that are ready to be drawn: painted once for a picture and a theme, the least recently drawn dropped.
import type { ThemeName } from '../ui/colour_maps.ts';
import { paintingOn } from '../ui/painting.ts';
import { paintThumbnail, THUMBNAIL_CELLS } from './thumbnail_pictures.ts';
import type { Thumbnail, ThumbnailStore } from './thumbnails.ts';

interface Painted {
  canvas: HTMLCanvasElement;
  attention: Thumbnail['attention'];
  missed: Thumbnail['missed'];
  theme: ThemeName;
}

/** 64 KiB each. */
const MOST_PAINTED = 320;

export class PaintedThumbnails {
  readonly #store: ThumbnailStore;
  readonly #painted = new Map<string, Painted>();

  constructor(store: ThumbnailStore) {
    this.#store = store;
  }

  /** Null until the overview has come. */
  get(layer: number, head: number, theme: ThemeName): HTMLCanvasElement | null {
    const thumbnail = this.#store.get(layer, head);
    if (!thumbnail) return null;
    const key = `${layer}/${head}`;
    const known = this.#painted.get(key);
    const current = known && known.attention === thumbnail.attention && known.missed === thumbnail.missed && known.theme === theme;
    const painted = current ? known : paint(thumbnail, theme, known?.canvas);
    if (!painted) return null;
    this.#painted.delete(key);
    this.#painted.set(key, painted);
    if (this.#painted.size > MOST_PAINTED) {
      const oldest = this.#painted.keys().next().value;
      if (oldest !== undefined) this.#painted.delete(oldest);
    }
    return painted.canvas;
  }
}

function paint({ attention, missed }: Thumbnail, theme: ThemeName, canvas = document.createElement('canvas')): Painted | null {
  canvas.width = THUMBNAIL_CELLS;
  canvas.height = THUMBNAIL_CELLS;
  const context = paintingOn(canvas);
  if (!context) return null;
  context.putImageData(new ImageData(paintThumbnail(attention, missed, theme), THUMBNAIL_CELLS), 0, 0);
  return { canvas, attention, missed, theme };
}
