// The whole matrix in a corner, with the frame of what is on screen.
import { preferencesStore } from '../state/preferences.ts';
import { type TokenRect, topLevel } from '../tiles/pyramid.ts';
import { type Aggregate, codeAt, codeOctaves, type Tile } from '../tiles/tile.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import { attentionMap, type ColourMap, colourAt, colourTable, type ThemeName, VOID } from '../ui/colour_maps.ts';
import { themeStore } from '../ui/theme.ts';
import type { MapInk } from './map_ink.ts';
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

/** The frame is never smaller than can be seen. */
export function drawFrame(g: CanvasRenderingContext2D, side: number, tokens: number, view: TokenRect, ink: MapInk): void {
  const per = side / tokens;
  const width = Math.max(5, (view.k1 - view.k0) * per);
  const height = Math.max(5, (view.q1 - view.q0) * per);
  const x = Math.min(side - width, Math.max(0, ((view.k0 + view.k1) / 2) * per - width / 2));
  const y = Math.min(side - height, Math.max(0, ((view.q0 + view.q1) / 2) * per - height / 2));
  for (const [style, line] of [
    [ink.casing, 4],
    [ink.accent, 2],
  ] as const) {
    g.strokeStyle = style;
    g.lineWidth = line;
    g.strokeRect(x + 1, y + 1, Math.max(1, width - 2), Math.max(1, height - 2));
  }
}

/** Keeps the picture of the newest head, so that a moving frame costs a copy. */
export class Minimap {
  canvas: HTMLCanvasElement | null = null;
  #drawn: { tile: Tile; key: string; image: ImageData } | null = null;

  /** The frame alone where the head's overview is not there yet. */
  draw(place: TilePlace, tokens: number, view: TokenRect, ink: MapInk): void {
    const { canvas } = this;
    const g = canvas?.getContext('2d');
    if (!canvas || !g) return;
    const ratio = window.devicePixelRatio;
    const side = Math.round(canvas.clientWidth * ratio);
    if (side === 0) return;
    if (canvas.width !== side) canvas.width = side;
    if (canvas.height !== side) canvas.height = side;
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, side, side);
    const top = mapTiles().tile(place, { level: topLevel(tokens), y: 0, x: 0 });
    if (top) {
      const { aggregate, scaleLimits, colourMap } = preferencesStore.getState();
      const { theme } = themeStore.getState();
      const limits = scaleLimits[aggregate] ?? topLimits(top, aggregate);
      const key = `${side} ${aggregate} ${theme} ${colourMap} ${limits.low} ${limits.high}`;
      if (this.#drawn?.tile !== top || this.#drawn.key !== key) {
        this.#drawn = { tile: top, key, image: minimapImage(top, tokens, side, aggregate, limits, theme, attentionMap(colourMap)) };
      }
      g.putImageData(this.#drawn.image, 0, 0);
    }
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawFrame(g, side / ratio, tokens, view, ink);
  }
}
