// Where every cell of the atlas lies, in CSS pixels from the top left of the whole picture, and what lies under a point.

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface AtlasLayout {
  cells: number;
  columns: number;
  rows: number;
  /** From one cell to the next, the line between them included. */
  pitchX: number;
  pitchY: number;
  /** What is painted of the pitch. */
  cellWidth: number;
  cellHeight: number;
  left: number;
  top: number;
  /** Columns that share a key and value head; a gap follows each. 0: no gaps. */
  group: number;
  groupGap: number;
  /** Right of the last column. */
  right: number;
  /** The whole picture. */
  width: number;
  height: number;
  /** Below the picture of a thumbnail, for its caption. */
  caption: number;
}

/** Room for layer names at left, head numbers on top, layer means at right. */
export const GUTTER_LEFT = 44;
export const GUTTER_TOP = 28;
export const GUTTER_RIGHT = 112;
/** With the smallest cells the means' bars give up this much rather than lose their numbers. */
const LEAST_GUTTER_RIGHT = 80;
const LEAST_PITCH_X = 11;
export const THUMBNAIL_SIDE = 96;

const CELL_GAP = 1;
const KV_GAP = 2;
const clamp = (value: number, low: number, high: number) => Math.max(low, Math.min(high, value));

export interface GridShape {
  cells: number;
  /** Cells of a row where the order is layer x head. */
  heads: number;
  /** Query heads of one key and value head. */
  groupSize: number;
  /** Rows are layers. */
  byLayer: boolean;
}

/** No cell is more than so many times as high as wide, nor as wide as high. */
const TALLEST = 1.6;
const WIDEST = 1.8;
/** Below the last row. */
const FOOT = 4;
/** Larger cells say no more. */
const LARGEST = 168;

/** Cells fill the room there is, from 11 x 10 pixels on; what does not fit scrolls. */
export function cellLayout({ cells, heads, groupSize, byLayer }: GridShape, width: number, height: number): AtlasLayout {
  const columns = Math.max(1, heads);
  const rows = Math.max(1, Math.ceil(cells / columns));
  const group = byLayer && groupSize > 1 && groupSize < columns ? groupSize : 0;
  const gaps = group ? (Math.ceil(columns / group) - 1) * KV_GAP : 0;
  const spare = width - GUTTER_LEFT - gaps - columns * LEAST_PITCH_X;
  const right = byLayer ? clamp(spare, LEAST_GUTTER_RIGHT, GUTTER_RIGHT) : 16;
  const roomX = Math.floor((width - GUTTER_LEFT - right - gaps) / columns);
  const roomY = Math.floor((height - GUTTER_TOP - FOOT) / rows);
  const pitchY = clamp(Math.min(roomY, Math.round(roomX * TALLEST)), 10, LARGEST);
  const pitchX = clamp(roomX, LEAST_PITCH_X, Math.max(LEAST_PITCH_X, Math.min(LARGEST, Math.round(pitchY * WIDEST))));
  return {
    cells,
    columns,
    rows,
    pitchX,
    pitchY,
    cellWidth: pitchX - CELL_GAP,
    cellHeight: pitchY - CELL_GAP,
    left: GUTTER_LEFT,
    top: GUTTER_TOP,
    group,
    groupGap: group ? KV_GAP : 0,
    right,
    width: GUTTER_LEFT + columns * pitchX + gaps + right,
    height: GUTTER_TOP + rows * pitchY + FOOT,
    caption: 0,
  };
}

/** Thumbnails with a caption each; a row is a layer where a whole layer fits. */
export function thumbnailLayout({ cells, heads, byLayer }: GridShape, width: number): AtlasLayout {
  const [gapX, gapY, margin, caption] = [10, 12, 16, 19];
  const fitting = Math.max(1, Math.floor((width - 2 * margin + gapX) / (THUMBNAIL_SIDE + gapX)));
  const columns = byLayer && heads <= fitting ? heads : fitting;
  const rows = Math.max(1, Math.ceil(cells / columns));
  // A few heads get larger pictures: they share the room there is.
  const room = Math.floor((width - 2 * margin + gapX) / columns) - gapX;
  const side = columns < fitting ? clamp(room, THUMBNAIL_SIDE, 144) : THUMBNAIL_SIDE;
  return {
    cells,
    columns,
    rows,
    pitchX: side + gapX,
    pitchY: side + caption + gapY,
    cellWidth: side,
    cellHeight: side,
    left: margin,
    top: 14,
    group: 0,
    groupGap: 0,
    right: margin,
    width: 2 * margin + columns * (side + gapX) - gapX,
    height: 14 + rows * (side + caption + gapY),
    caption,
  };
}

export function boxOf(layout: AtlasLayout, index: number): Box {
  const column = index % layout.columns;
  const row = Math.floor(index / layout.columns);
  const gaps = layout.group ? Math.floor(column / layout.group) * layout.groupGap : 0;
  return {
    x: layout.left + column * layout.pitchX + gaps,
    y: layout.top + row * layout.pitchY,
    width: layout.cellWidth,
    height: layout.cellHeight,
  };
}

/** The column whose pitch holds `x`, which may lie outside the grid: clamped to it. */
function columnAt(layout: AtlasLayout, x: number): number {
  const from = x - layout.left;
  if (!layout.group) return clamp(Math.floor(from / layout.pitchX), 0, layout.columns - 1);
  const groupWidth = layout.group * layout.pitchX + layout.groupGap;
  const group = Math.max(0, Math.floor(from / groupWidth));
  const inside = Math.min(layout.group - 1, Math.floor((from - group * groupWidth) / layout.pitchX));
  return clamp(group * layout.group + inside, 0, layout.columns - 1);
}

/** The cell at a point of the picture, null between cells and outside. A caption belongs to its cell. */
export function cellAt(layout: AtlasLayout, x: number, y: number): number | null {
  if (x < layout.left || y < layout.top) return null;
  const column = columnAt(layout, x);
  const row = Math.floor((y - layout.top) / layout.pitchY);
  const index = row * layout.columns + column;
  if (row < 0 || row >= layout.rows || index >= layout.cells) return null;
  const box = boxOf(layout, index);
  const inside = x >= box.x && x < box.x + layout.pitchX && y >= box.y && y < box.y + box.height + layout.caption + CELL_GAP;
  return inside ? index : null;
}

/** The cells that a rectangle touches, given by two opposite corners. */
export function cellsWithin(layout: AtlasLayout, x0: number, y0: number, x1: number, y1: number): number[] {
  const [fromX, toX, fromY, toY] = [Math.min(x0, x1), Math.max(x0, x1), Math.min(y0, y1), Math.max(y0, y1)];
  const right = boxOf(layout, layout.columns - 1);
  if (toX < layout.left || fromX > right.x + right.width || toY < layout.top) return [];
  const [left, last] = [columnAt(layout, fromX), columnAt(layout, toX)];
  const firstRow = clamp(Math.floor((fromY - layout.top) / layout.pitchY), 0, layout.rows);
  const lastRow = clamp(Math.floor((toY - layout.top) / layout.pitchY), 0, layout.rows - 1);
  const found: number[] = [];
  for (let row = firstRow; row <= lastRow; row += 1) {
    for (let column = left; column <= last; column += 1) {
      const index = row * layout.columns + column;
      if (index < layout.cells) found.push(index);
    }
  }
  return found;
}

/** The cells of the layer or the head column whose name lies under a point: `name` in the window, where names stay while cells scroll,
 * `point` in the picture. Null where no name is. */
export function namedCells(layout: AtlasLayout, name: { x: number; y: number }, point: { x: number; y: number }): number[] | null {
  if (name.y < layout.top) {
    const right = boxOf(layout, layout.columns - 1);
    if (name.x < layout.left || point.x > right.x + right.width) return null;
    const column = columnAt(layout, point.x);
    return Array.from({ length: layout.rows }, (_, row) => row * layout.columns + column).filter((index) => index < layout.cells);
  }
  const row = Math.floor((point.y - layout.top) / layout.pitchY);
  if (name.x >= layout.left || row >= layout.rows) return null;
  return Array.from({ length: layout.columns }, (_, column) => row * layout.columns + column).filter((index) => index < layout.cells);
}

/** Rows that a window of the picture shows, as [first, last + 1]. */
export function rowsShown(layout: AtlasLayout, top: number, height: number): [number, number] {
  const first = clamp(Math.floor((top - layout.top) / layout.pitchY), 0, layout.rows);
  const end = clamp(Math.ceil((top + height - layout.top) / layout.pitchY), first, layout.rows);
  return [first, end];
}
