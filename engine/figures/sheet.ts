// A picture laid out in units of 1/96 inch (CSS pixels) and drawn at any resolution: text and glyphs by their outlines, lines on whole pixels.
import type { PatternKind } from '../protocol/pattern.ts';
import { coverage } from './coverage.ts';
import { type Face, textContours, textWidth } from './font.ts';
import { glyphContours } from './glyphs.ts';
import { type Picture, Raster, type Rgb } from './raster.ts';

/** Figures are printed and zoomed, so a unit is two pixels unless told otherwise. */
export const PRINT_SCALE = 2;

/** Sizes in units. */
export const TYPE = {
  caption: { size: 11, weight: 400 },
  captionStrong: { size: 11, weight: 600 },
  body: { size: 12, weight: 400 },
  value: { size: 13, weight: 600 },
  title: { size: 16, weight: 600 },
} as const satisfies Record<string, Face>;

const CAP_HEIGHT = 0.727;
/** Distance from a text's middle down to its baseline. */
export const halfCap = ({ size }: Face) => (CAP_HEIGHT * size) / 2;

export type Align = 'left' | 'right' | 'center';

export class Sheet {
  readonly raster: Raster;
  /** Pixels a unit. */
  readonly scale: number;
  /** Of a thin line, in pixels. */
  readonly hairline: number;

  constructor(width: number, height: number, ground: Rgb, scale = PRINT_SCALE) {
    this.scale = scale;
    this.hairline = Math.max(1, Math.round(scale / 2));
    this.raster = new Raster(Math.ceil(width * scale), Math.ceil(height * scale), ground);
  }

  pixel(units: number): number {
    return Math.round(units * this.scale);
  }

  /** Edges lie on whole pixels, so that rectangles which touch leave no seam. */
  fill(left: number, top: number, width: number, height: number, colour: Rgb, opacity = 1): void {
    const [x, y] = [this.pixel(left), this.pixel(top)];
    this.raster.fill(x, y, this.pixel(left + width) - x, this.pixel(top + height) - y, colour, opacity);
  }

  /** A hairline around the rectangle, outside it. */
  frame(left: number, top: number, width: number, height: number, colour: Rgb): void {
    const [x0, y0, x1, y1] = [this.pixel(left), this.pixel(top), this.pixel(left + width), this.pixel(top + height)];
    const line = this.hairline;
    this.raster.fill(x0 - line, y0 - line, x1 - x0 + 2 * line, line, colour);
    this.raster.fill(x0 - line, y1, x1 - x0 + 2 * line, line, colour);
    this.raster.fill(x0 - line, y0, line, y1 - y0, colour);
    this.raster.fill(x1, y0, line, y1 - y0, colour);
  }

  /** A hairline from (x, y): `length` units downwards or to the right. */
  tick(x: number, y: number, length: number, direction: 'down' | 'right', colour: Rgb): void {
    const [width, height] = direction === 'down' ? [this.hairline, this.pixel(length)] : [this.pixel(length), this.hairline];
    this.raster.fill(this.pixel(x), this.pixel(y), width, height, colour);
  }

  /** y is the baseline. Returns the x after the text. */
  text(text: string, x: number, y: number, face: Face, colour: Rgb, align: Align = 'left'): number {
    const width = textWidth(text, face);
    const left = align === 'left' ? x : align === 'right' ? x - width : x - width / 2;
    // The baseline is on a whole pixel: the feet of all letters are equally sharp.
    const [originX, originY] = [left * this.scale, this.pixel(y)];
    const contours = textContours(text, { ...face, size: face.size * this.scale });
    const placed = contours.map((contour) => contour.map(([px, py]) => [px + originX, py + originY] as const));
    this.raster.cover(coverage(placed), colour);
    return left + width;
  }

  glyph(kind: PatternKind, left: number, top: number, size: number, colour: Rgb, opacity = 1): void {
    const contours = glyphContours(kind, this.pixel(left), this.pixel(top), this.pixel(size));
    for (const contour of contours) this.raster.cover(coverage([contour]), colour, opacity);
  }

  /** Pixel by pixel. */
  draw(picture: Picture, left: number, top: number): void {
    this.raster.draw(picture, this.pixel(left), this.pixel(top));
  }
}

/** `text` cut so that it fits `width` units. */
export function fitted(text: string, width: number, face: Face): string {
  if (textWidth(text, face) <= width) return text;
  let characters = Array.from(text);
  while (characters.length > 1 && textWidth(`${characters.join('').trimEnd()}…`, face) > width) characters = characters.slice(0, -1);
  return `${characters.join('').trimEnd()}…`;
}
