// The map's canvases lie over each other in one element: their places and sizes follow it and the screen's resolution.

import { paintingOn } from '../ui/painting.ts';
import { GUTTER_LEFT, GUTTER_TOP, type MapLayout, mapLayout } from './map_layout.ts';

export interface MapCanvases {
  /** The element whose size is the map's. */
  zone: HTMLElement;
  picture: HTMLCanvasElement;
  /** The gutters: above the picture and beside it. Canvases over the picture would be blended with it in every frame. */
  top: HTMLCanvasElement;
  left: HTMLCanvasElement;
  cursor: HTMLCanvasElement;
}

/** Keeps them laid out until stopped; tells the zone with a `maplayout` event, and `changed`, when they have lost their pictures. */
export class CanvasLayout {
  readonly #canvases: MapCanvases;
  readonly #changed: () => void;
  readonly #sizes: ResizeObserver;
  #takeBackRatio: () => void = () => {};
  #layout: MapLayout = mapLayout(0, 0);

  constructor(canvases: MapCanvases, changed: () => void) {
    this.#canvases = canvases;
    this.#changed = changed;
    this.#sizes = new ResizeObserver(() => this.#resize());
    this.#sizes.observe(canvases.zone);
    this.#watchPixelRatio();
    this.#resize();
  }

  get layout(): MapLayout {
    return this.#layout;
  }

  stop(): void {
    this.#sizes.disconnect();
    this.#takeBackRatio();
  }

  #watchPixelRatio(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = () => {
      this.#resize();
      this.#watchPixelRatio();
    };
    query.addEventListener('change', changed, { once: true });
    this.#takeBackRatio = () => query.removeEventListener('change', changed);
  }

  #resize(): void {
    const { zone, top, left, cursor, picture } = this.#canvases;
    const { clientWidth: width, clientHeight: height } = zone;
    this.#layout = mapLayout(width, height);
    const { x, y, side } = this.#layout;
    place(top, GUTTER_LEFT, 0, Math.max(1, Math.min(width - GUTTER_LEFT, x + side + EDGE - GUTTER_LEFT)), GUTTER_TOP);
    place(left, 0, 0, GUTTER_LEFT, Math.max(1, Math.min(height, y + side + EDGE)));
    place(cursor, 0, 0, width, height);
    Object.assign(picture.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    zone.dispatchEvent(new CustomEvent('maplayout'));
    this.#changed();
  }
}

/** Labels may reach this far beyond the picture. */
const EDGE = 12;

function place(canvas: HTMLCanvasElement, x: number, y: number, width: number, height: number): void {
  const ratio = window.devicePixelRatio;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  Object.assign(canvas.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
}

/** Empty, in CSS pixels of the zone; null where the browser gives no context. `ground`: the colour of a canvas that nothing shines through,
 * which need not be blended with what lies below. */
export function cleared(canvas: HTMLCanvasElement, ground?: string): CanvasRenderingContext2D | null {
  const g = paintingOn(canvas, { opaque: ground !== undefined });
  if (!g) return null;
  const ratio = window.devicePixelRatio;
  g.setTransform(1, 0, 0, 1, 0, 0);
  if (ground === undefined) {
    g.clearRect(0, 0, canvas.width, canvas.height);
  } else {
    g.fillStyle = ground;
    g.fillRect(0, 0, canvas.width, canvas.height);
  }
  g.setTransform(ratio, 0, 0, ratio, -canvas.offsetLeft * ratio, -canvas.offsetTop * ratio);
  return g;
}
