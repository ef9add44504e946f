// The pattern glyphs on their 12 x 12 grid, as SVG paths for documents and as outlines for pictures.
import type { PatternKind } from '../protocol/pattern.ts';
import type { Contour } from './coverage.ts';

export const GLYPH_GRID = 12;

const rectangle = (x: number, y: number, width: number, height: number): Contour => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

const POLYGONS: Record<PatternKind, readonly Contour[]> = {
  vertical_slash: [
    rectangle(1, 1, 1.4, 10),
    [
      [3.4, 1.6],
      [11.6, 9.8],
      [10.6, 10.8],
      [3.4, 3.6],
    ],
    [
      [3.4, 6],
      [8.4, 11],
      [6.4, 11],
      [3.4, 8],
    ],
  ],
  a_shape: [
    [
      [1, 1],
      [3.4, 1],
      [11, 8.6],
      [11, 11],
      [8.6, 11],
      [3.6, 6],
      [3.6, 11],
      [1, 11],
    ],
  ],
  block_sparse: [rectangle(1, 1, 3, 3), rectangle(4.6, 4.6, 3, 3), rectangle(8, 8, 3, 3), rectangle(1, 8, 3, 3)],
  dense: [
    [
      [1, 1],
      [11, 11],
      [1, 11],
    ],
  ],
};

/** The `d` of an SVG path in a 12 x 12 view box, to be filled with currentColor. */
export function glyphPath(kind: PatternKind): string {
  return POLYGONS[kind].map((polygon) => `M${polygon.map(([x, y]) => `${x} ${y}`).join('L')}z`).join('');
}

/** The glyph's outlines in a square of `size` with its corner at (left, top). */
export function glyphContours(kind: PatternKind, left: number, top: number, size: number): Contour[] {
  const unit = size / GLYPH_GRID;
  return POLYGONS[kind].map((polygon) => polygon.map(([x, y]) => [left + x * unit, top + y * unit] as const));
}
