// The map's canvases lie over each other in one element: their places and sizes follow it and the screen's resolution.
import { type MapLayout, mapLayout } from './map_layout.ts';

export interface MapCanvases {
  /** The element whose size is the map's. */
  zone: HTMLElement;
  picture: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
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
    const { zone, overlay, cursor, picture } = this.#canvases;
    this.#layout = mapLayout(zone.clientWidth, zone.clientHeight);
    const ratio = window.devicePixelRatio;
    for (const canvas of [overlay, cursor]) {
      canvas.width = Math.round(zone.clientWidth * ratio);
      canvas.height = Math.round(zone.clientHeight * ratio);
    }
    const { x, y, side } = this.#layout;
    Object.assign(picture.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    zone.dispatchEvent(new CustomEvent('maplayout'));
    this.#changed();
  }
}

/** Empty, with CSS pixels as its units; null where the browser gives no context. */
export function cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const g = canvas.getContext('2d');
  if (!g) return null;
  const ratio = window.devicePixelRatio;
  g.setTransform(ratio, 0, 0, ratio, 0, 0);
  g.clearRect(0, 0, canvas.width / ratio, canvas.height / ratio);
  return g;
}
