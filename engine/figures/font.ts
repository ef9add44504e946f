// Text of the figures: the glyph sheet parsed once, measured and drawn in whole dots.
import { GLYPH_SHEET } from './glyph_sheet.ts';

/** Dots from the top of a capital to the baseline, and with the part below it. */
export const CAP_HEIGHT = 7;
export const LINE_DOTS = 9;
const SPACE_DOTS = 3;
const GAP_DOTS = 1;

interface Glyph {
  width: number;
  /** [LINE_DOTS][width] */
  dots: boolean[][];
}

function parseSheet(sheet: string): Map<string, Glyph> {
  const glyphs = new Map<string, Glyph>();
  for (const band of sheet.trim().split(/\n\n+/)) {
    const [names = '', ...rows] = band.split('\n');
    const groups = rows.map((row) => row.split(' '));
    names.split(' ').forEach((name, column) => {
      const dots = groups.map((group) => Array.from(group[column] ?? '', (dot) => dot === '#'));
      const width = dots[0]?.length ?? 0;
      if (dots.length !== LINE_DOTS || width === 0 || dots.some((row) => row.length !== width)) {
        throw new Error(`The glyph sheet's drawing of "${name}" is not a rectangle of ${LINE_DOTS} rows`);
      }
      glyphs.set(name, { width, dots });
    });
  }
  return glyphs;
}

const GLYPHS = parseSheet(GLYPH_SHEET);
/** Stands for every character that the sheet does not draw. */
const UNKNOWN = '■';

export function hasGlyph(character: string): boolean {
  return character === ' ' || GLYPHS.has(character);
}

/** Width in dots. */
export function textDots(text: string): number {
  let width = 0;
  for (const character of text) width += (character === ' ' ? SPACE_DOTS : glyphOf(character).width) + GAP_DOTS;
  return Math.max(0, width - GAP_DOTS);
}

/** Calls `dot(x, y)` for every dot of the text, from its top left corner. */
export function textOutline(text: string, dot: (x: number, y: number) => void): void {
  let left = 0;
  for (const character of text) {
    if (character === ' ') {
      left += SPACE_DOTS + GAP_DOTS;
      continue;
    }
    const { width, dots } = glyphOf(character);
    dots.forEach((row, y) => {
      row.forEach((on, x) => {
        if (on) dot(left + x, y);
      });
    });
    left += width + GAP_DOTS;
  }
}

function glyphOf(character: string): Glyph {
  const glyph = GLYPHS.get(character) ?? GLYPHS.get(UNKNOWN);
  if (!glyph) throw new Error('The glyph sheet lacks its placeholder');
  return glyph;
}
