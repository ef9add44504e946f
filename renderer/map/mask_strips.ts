// A mask of columns and distances on screen. What it keeps of a pixel depends on the pixel's column and on its diagonal, nothing else:
// two lists as long as the picture is wide say it for every pixel, and the shader looks two numbers up instead of counting tokens.
import { COLUMNS, columnShare, DISTANCES, distanceShare, type Family, keptTouched } from './kept_counts.ts';
import { type Diagonals, keepsColumn, keepsDistance } from './mask_rule.ts';

/** Where the strips lie: the tokens at the picture's first edges, and its scale, the same both ways. */
export interface StripView {
  keyStart: number;
  queryStart: number;
  tokensPerPixel: number;
  /** Along a side. */
  pixels: number;
}

/** Pairs of numbers each. */
export interface Strips {
  columns: Float32Array;
  distances: Float32Array;
}

/** A line is drawn between 2 and 4.6 pixels beside what is kept, its casing from 3.2; nothing else may be kept for 12 pixels. */
const NEAR = 2;
const CASING = 3.2;
const FAR = 4.6;
const FREE = 12;
/** Over these pixels it is judged whether a band or an isolated line is kept. */
const DEPTH = [3, 13] as const;

const smoothstep = (low: number, high: number, value: number): number => {
  const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return t * t * (3 - 2 * t);
};

/** How strongly a line is drawn at a position of an axis: 0 none, below 0 the casing beside one. `pixel`: tokens. `hairline`: opacity
 * beside an isolated column or slash; a band's edge has 1. */
export function lineBeside(counts: Uint32Array, family: Family, tokens: number, at: number, pixel: number, hairline: number): number {
  // Most positions lie far from anything kept: one question answers for both sides.
  if (keptTouched(counts, family, tokens, at - DEPTH[1] * pixel, at + DEPTH[1] * pixel) === 0) return 0;
  let best = 0;
  for (const side of [-1, 1] as const) {
    const between = (near: number, far: number): number => {
      const a = at + side * near * pixel;
      const b = at + side * far * pixel;
      return keptTouched(counts, family, tokens, Math.min(a, b), Math.max(a, b));
    };
    if (between(-NEAR, FREE) > 0 || between(-NEAR, -FAR) === 0) continue;
    const filled = between(-DEPTH[0], -DEPTH[1]) / ((DEPTH[1] - DEPTH[0]) * Math.max(pixel, 0.1));
    const opacity = hairline + (1 - hairline) * smoothstep(0.3, 0.8, filled);
    if (between(-NEAR, -CASING) === 0) best = Math.max(best, opacity);
    else if (best === 0) best = -opacity;
  }
  return best;
}

/** For pixels that cover several tokens, (line, kept share): column x of pixels at index x, the diagonal through pixel (x, y) at index
 * y - x + pixels - 1. */
export function shareStrips(
  counts: Uint32Array,
  tokens: number,
  { keyStart, queryStart, tokensPerPixel: size, pixels }: StripView,
  hairline: number,
  into: Strips,
): void {
  for (let x = 0; x < pixels; x += 1) {
    const k = keyStart + x * size;
    into.columns[2 * x] = lineBeside(counts, COLUMNS, tokens, k + size / 2, size, hairline);
    into.columns[2 * x + 1] = columnShare(counts, tokens, k, size);
  }
  for (let at = 0; at < 2 * pixels - 1; at += 1) {
    const distance = queryStart - keyStart + (at - pixels + 1) * size;
    // A slash is as many pixels wide across as a column is, and 1.4 times as many along a row.
    into.distances[2 * at] = lineBeside(counts, DISTANCES, tokens, distance, size * Math.SQRT2, hairline);
    into.distances[2 * at + 1] = distanceShare(counts, tokens, distance, size);
  }
}

/** The tokens of the first entries of tokenStrips(): a neighbour to every side of the picture is among them. */
export function firstTokens({ keyStart, queryStart, tokensPerPixel, pixels }: StripView): { column: number; distance: number } {
  const column = Math.floor(keyStart) - 1;
  return { column, distance: Math.floor(queryStart) - Math.ceil(keyStart + pixels * tokensPerPixel) - 1 };
}

/** For tokens that cover several pixels, (1 where it is kept, 0), from firstTokens() on; no distance below 0 is kept. */
export function tokenStrips(rule: Diagonals, tokens: number, view: StripView, into: Strips): void {
  const first = firstTokens(view);
  const side = Math.ceil(view.pixels * view.tokensPerPixel);
  for (let at = 0; at < side + 4; at += 1) {
    const k = first.column + at;
    into.columns[2 * at] = k >= 0 && k < tokens && keepsColumn(rule, k) ? 1 : 0;
  }
  for (let at = 0; at < 2 * side + 8; at += 1) {
    const distance = first.distance + at;
    into.distances[2 * at] = distance >= 0 && distance < tokens && keepsDistance(rule, distance) ? 1 : 0;
  }
}
