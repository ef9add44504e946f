// Where the parts of the map lie, in CSS pixels: gutters for axes and tracks, a square picture on whole pixels, a side column where
// there is room for one. Both axes have one scale, so the diagonal is a diagonal.

export interface MapLayout {
  /** The square picture. */
  x: number;
  y: number;
  side: number;
  /** Left edge and width of the side column; null: minimap and ramps lie above the diagonal. */
  column: { x: number; width: number } | null;
}

export const GUTTER_LEFT = 92;
export const GUTTER_TOP = 60;
export const LABEL_WIDTH = 44;
export const TRACK = 36;
const GAP = 16;
const COLUMN = 160;
const WIDEST_COLUMN = 240;
const EDGE = 12;
const LEAST_SIDE = 64;

export function mapLayout(width: number, height: number): MapLayout {
  const tall = Math.floor(height - GUTTER_TOP - 8);
  const wide = Math.floor(width - GUTTER_LEFT);
  const beside = wide - COLUMN - GAP - EDGE;
  // A side column may cost a tenth of the picture, no more: in narrow windows what it holds lies above the diagonal.
  const hasColumn = beside >= Math.min(tall, wide - EDGE) * 0.9 && beside >= 240;
  const side = Math.max(LEAST_SIDE, Math.min(tall, hasColumn ? beside : wide - EDGE));
  const x = GUTTER_LEFT;
  const left = x + side + GAP;
  const column = hasColumn ? { x: left, width: Math.min(WIDEST_COLUMN, width - left - EDGE) } : null;
  return { x, y: GUTTER_TOP, side, column };
}

/** About `count` positions of [begin, end) at round steps: 1, 2, 5 x 10^n, or a power of two from 1,024 on. */
export function axisTicks(begin: number, end: number, count: number): number[] {
  if (!(end > begin)) return [];
  const wanted = Math.max(1, (end - begin) / Math.max(1, count));
  let step = wanted >= 700 ? 2 ** Math.ceil(Math.log2(wanted) - 0.2) : 10 ** Math.floor(Math.log10(wanted));
  if (wanted < 700) step *= [1, 2, 5, 10].find((factor) => factor * step >= wanted) ?? 10;
  const ticks: number[] = [];
  for (let at = Math.ceil(begin / step) * step; at < end; at += step) ticks.push(at);
  return ticks;
}
