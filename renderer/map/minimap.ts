// The whole matrix in a corner, with the frame of what is on screen.
import { preferencesStore } from '../state/preferences.ts';
import { type TokenRect, topLevel } from '../tiles/pyramid.ts';
import { type Aggregate, codeAt, codeOctaves, type Tile } from '../tiles/tile.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import { attentionMap, type ColourMap, colourAt, colourTable, type ThemeName, VOID } from '../ui/colour_maps.ts';
import { paintingOn } from '../ui/painting.ts';
import { themeStore } from '../ui/theme.ts';
import type { Octaves } from './map_renderer.ts';
import { mapTiles } from './map_tiles.ts';
import { topLimits } from './scale_limits.ts';

/** `side` x `side` pixels of a tile that covers [0, tokens). */
export function minimapImage(
  tile: Tile,
  tokens: number,
  side: number,
  aggregate: Aggregate,
  { low, high }: Octaves,
  theme: ThemeName,
  map: ColourMap,
): ImageData {
  const image = new ImageData(side, side);
  const table = colourTable(map, theme);
  const [vr, vg, vb] = VOID[theme];
  for (let y = 0; y < side; y += 1) {
    const q = ((y + 0.5) * tokens) / side;
    for (let x = 0; x < side; x += 1) {
      const at = 4 * (y * side + x);
      const code = x > y ? -1 : codeAt(tile, q, ((x + 0.5) * tokens) / side, aggregate);
      const [r, g, b] = code < 0 ? [vr, vg, vb] : colourAt(table, (codeOctaves(code, tile.scale[aggregate]) - low) / (high - low));
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      image.data[at + 3] = 255;
    }
  }
  return image;
}

export interface Frame {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** What is on screen, in a square of `side` pixels; never smaller than can be seen. */
export function frameOf(side: number, tokens: number, view: TokenRect): Frame {
  const per = side / tokens;
  const width = Math.max(5, (view.k1 - view.k0) * per);
  const height = Math.max(5, (view.q1 - view.q0) * per);
  const x = Math.min(side - width, Math.max(0, ((view.k0 + view.k1) / 2) * per - width / 2));
  const y = Math.min(side - height, Math.max(0, ((view.q0 + view.q1) / 2) * per - height / 2));
  return { x, y, width, height };
}

/** The picture is painted when its head, its colours or its size change; a frame that moves is an element over it and paints nothing. */
export class Minimap {
  #canvas: HTMLCanvasElement | null = null;
  #frame: HTMLElement | null = null;
  #painted: { tile: Tile | undefined; key: string } | null = null;
  #size = '';

  /** Null: it is not on screen. */
  show(canvas: HTMLCanvasElement | null, frame: HTMLElement | null): void {
    this.#canvas = canvas;
    this.#frame = frame;
    this.#painted = null;
    this.#size = '';
  }

  /** The frame alone where the head's overview is not there yet. `side`: CSS pixels. */
  draw(place: TilePlace, tokens: number, view: TokenRect): void {
    const canvas = this.#canvas;
    const frame = this.#frame;
    if (!canvas || !frame) return;
    const side = canvas.clientWidth;
    if (side === 0) return;
    this.#paint(canvas, place, tokens, Math.round(side * window.devicePixelRatio));
    const { x, y, width, height } = frameOf(side, tokens, view);
    const { style } = frame;
    style.transform = `translate(${x}px, ${y}px)`;
    // A pan leaves the size: nothing is laid out then.
    const size = `${width} ${height}`;
    if (size === this.#size) return;
    this.#size = size;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  #paint(canvas: HTMLCanvasElement, place: TilePlace, tokens: number, side: number): void {
    const tile = mapTiles().tile(place, { level: topLevel(tokens), y: 0, x: 0 });
    const { aggregate, scaleLimits, colourMap } = preferencesStore.getState();
    const { theme } = themeStore.getState();
    const limits = tile && (scaleLimits[aggregate] ?? topLimits(tile, aggregate));
    const key = `${side} ${aggregate} ${theme} ${colourMap} ${limits?.low} ${limits?.high}`;
    if (this.#painted && this.#painted.tile === tile && this.#painted.key === key) return;
    const g = paintingOn(canvas);
    if (!g) return;
    if (canvas.width !== side) canvas.width = side;
    if (canvas.height !== side) canvas.height = side;
    if (tile && limits) g.putImageData(minimapImage(tile, tokens, side, aggregate, limits, theme, attentionMap(colourMap)), 0, 0);
    else g.clearRect(0, 0, side, side);
    this.#painted = { tile, key };
  }
}
