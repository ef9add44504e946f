// Addresses of tiles in token space. At level z a cell covers 2^z x 2^z tokens and a tile 256 x 256 cells; level 0 is exact. A tile's
// rectangle ends with the matrix, and its cells then share what is left evenly, as the engine's map.tile does.
import { TILE_SIDE } from '../../engine/protocol/limits.ts';
import type { Rect } from '../../engine/protocol/records.ts';

export interface TileAddress {
  level: number;
  /** Tile row and column; tokens [y * 256 * 2^level, (y + 1) * 256 * 2^level) of the queries, x of the keys. */
  y: number;
  x: number;
}

/** Rows [q0, q1) and columns [k0, k1) in tokens, fractions allowed. */
export interface TokenRect {
  q0: number;
  q1: number;
  k0: number;
  k1: number;
}

/** Tokens along a tile's side. */
export const tileSpan = (level: number): number => TILE_SIDE * 2 ** level;

/** The level at which one tile holds all of `tokens`. */
export const topLevel = (tokens: number): number => Math.max(0, Math.ceil(Math.log2(Math.max(1, tokens) / TILE_SIDE)));

/** A cell may be this much smaller than a pixel before the next coarser level is used. */
const UNDERSIZE = 0.9;

/** The finest level whose cells are not smaller than a pixel. */
export function levelFor(tokensPerPixel: number, tokens: number): number {
  if (!(tokensPerPixel > 0)) return 0;
  return Math.min(topLevel(tokens), Math.max(0, Math.ceil(Math.log2(tokensPerPixel * UNDERSIZE))));
}

/** What the tile covers of a matrix of `tokens` rows and columns: [q0, q1, k0, k1). */
export function tileRect({ level, y, x }: TileAddress, tokens: number): Rect {
  const span = tileSpan(level);
  return [y * span, Math.min((y + 1) * span, tokens), x * span, Math.min((x + 1) * span, tokens)];
}

export const tileKey = ({ level, y, x }: TileAddress): string => `${level}/${y}/${x}`;

export function parentOf({ level, y, x }: TileAddress): TileAddress {
  return { level: level + 1, y: y >> 1, x: x >> 1 };
}

/** The tiles that hold causal cells of the rectangle, nearest to its centre first. A tile that only touches it is not among them. */
export function tilesIn(view: TokenRect, level: number, tokens: number): TileAddress[] {
  const span = tileSpan(level);
  const last = Math.ceil(tokens / span) - 1;
  const first = (from: number) => Math.min(last, Math.max(0, Math.floor(from / span)));
  const end = (to: number) => Math.min(last, Math.max(0, Math.ceil(to / span) - 1));
  const found: TileAddress[] = [];
  if (!(view.q1 > view.q0 && view.k1 > view.k0) || view.q0 >= tokens || view.k0 >= tokens || view.q1 <= 0 || view.k1 <= 0) return found;
  for (let y = first(view.q0); y <= end(view.q1); y += 1) {
    for (let x = first(view.k0); x <= Math.min(y, end(view.k1)); x += 1) found.push({ level, y, x });
  }
  const cy = (view.q0 + view.q1) / 2 / span - 0.5;
  const cx = (view.k0 + view.k1) / 2 / span - 0.5;
  const distance = (tile: TileAddress) => (tile.y - cy) ** 2 + (tile.x - cx) ** 2;
  return found.sort((a, b) => distance(a) - distance(b) || a.y - b.y || a.x - b.x);
}

/** The rectangle with queries and keys exchanged: where the mirrored half of a split picture takes its cells from. */
export const transposed = ({ q0, q1, k0, k1 }: TokenRect): TokenRect => ({ q0: k0, q1: k1, k0: q0, k1: q1 });
