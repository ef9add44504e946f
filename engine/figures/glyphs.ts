// The pattern glyphs on their 12 x 12 grid, as SVG paths for documents and as coverage for pictures.
import type { PatternKind } from '../protocol/pattern.ts';
import type { Raster, Rgb } from './raster.ts';

export const GLYPH_GRID = 12;

type Polygon = readonly (readonly [number, number])[];
const rectangle = (x: number, y: number, width: number, height: number): Polygon => [
  [x, y],
  [x + width, y],
  [x + width, y + height],
  [x, y + height],
];

const POLYGONS: Record<PatternKind, readonly Polygon[]> = {
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

function inside(polygon: Polygon, x: number, y: number): boolean {
  let odd = false;
  polygon.forEach(([ax, ay], index) => {
    const [bx, by] = polygon[(index + 1) % polygon.length] ?? [ax, ay];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) odd = !odd;
  });
  return odd;
}

/** Draws the glyph in a square of `size` pixels; edges are smoothed from 4 x 4 samples a pixel. */
export function drawGlyph(raster: Raster, kind: PatternKind, left: number, top: number, size: number, colour: Rgb, opacity = 1): void {
  const polygons = POLYGONS[kind];
  const unit = GLYPH_GRID / size;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      let hits = 0;
      for (let sample = 0; sample < 16; sample += 1) {
        const px = (x + ((sample % 4) + 0.5) / 4) * unit;
        const py = (y + (Math.floor(sample / 4) + 0.5) / 4) * unit;
        if (polygons.some((polygon) => inside(polygon, px, py))) hits += 1;
      }
      if (hits > 0) raster.set(left + x, top + y, colour, (opacity * hits) / 16);
    }
  }
}
