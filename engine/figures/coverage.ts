// From outlines to antialiased pixels: the exact area of every pixel that closed polygons cover.

export type Point = readonly [x: number, y: number];
/** A closed polygon in pixels, y downwards; the last point joins the first. */
export type Contour = readonly Point[];

export interface Coverage {
  /** Pixel of the first value; may be negative. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** [height][width], 0 to 1. */
  values: Float32Array;
}

/**
 * Contours that turn the other way cut holes; those that turn the same way may overlap.
 * Every edge adds the signed area between itself and the pixel's right side to its own pixel and its height to all pixels further right, kept as
 * differences along the row; a running sum then gives each pixel's area (the signed-area accumulation of FreeType's and font-rs' rasterisers).
 */
export function coverage(contours: readonly Contour[]): Coverage {
  const points = contours.flat();
  if (points.length === 0) return { left: 0, top: 0, width: 0, height: 0, values: new Float32Array() };
  const bound = (axis: 0 | 1, pick: (a: number, b: number) => number) =>
    points.reduce((best, point) => pick(best, point[axis]), points[0]?.[axis] ?? 0);
  const [left, top] = [Math.floor(bound(0, Math.min)), Math.floor(bound(1, Math.min))];
  const width = Math.ceil(bound(0, Math.max)) - left;
  const height = Math.ceil(bound(1, Math.max)) - top;
  // Two columns more: an edge on the right border leaves its differences beyond the last pixel.
  const stride = width + 2;
  const differences = new Float64Array(stride * height);

  /** An edge within one pixel: `rise` of its height (signed), its middle `x`. */
  const addPiece = (row: number, column: number, x: number, rise: number): void => {
    const at = row * stride + column;
    const inside = column + 1 - x;
    differences[at] = (differences[at] ?? 0) + rise * inside;
    differences[at + 1] = (differences[at + 1] ?? 0) + rise * (1 - inside);
  };
  const addEdge = ([ax, ay]: Point, [bx, by]: Point): void => {
    if (ay === by) return;
    const sign = ay < by ? 1 : -1;
    const [x0, y0, x1, y1] = sign === 1 ? [ax - left, ay - top, bx - left, by - top] : [bx - left, by - top, ax - left, ay - top];
    const xAt = (y: number) => x0 + ((x1 - x0) * (y - y0)) / (y1 - y0);
    for (let row = Math.floor(y0); row < y1; row += 1) {
      const [begin, end] = [Math.max(y0, row), Math.min(y1, row + 1)];
      const [xBegin, xEnd] = [xAt(begin), xAt(end)];
      const [low, high] = xBegin < xEnd ? [xBegin, xEnd] : [xEnd, xBegin];
      const rise = sign * (end - begin);
      if (high - low < 1e-9) {
        addPiece(row, Math.floor(low), low, rise);
        continue;
      }
      for (let column = Math.floor(low); column < high; column += 1) {
        const [from, to] = [Math.max(low, column), Math.min(high, column + 1)];
        addPiece(row, column, (from + to) / 2, (rise * (to - from)) / (high - low));
      }
    }
  };
  for (const contour of contours) {
    contour.forEach((point, index) => {
      addEdge(point, contour[(index + 1) % contour.length] ?? point);
    });
  }

  const values = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    let area = 0;
    for (let x = 0; x < width; x += 1) {
      area += differences[y * stride + x] ?? 0;
      // What sums leave behind an outline is no ink.
      values[y * width + x] = Math.abs(area) < 1e-9 ? 0 : Math.min(1, Math.abs(area));
    }
  }
  return { left, top, width, height, values };
}
