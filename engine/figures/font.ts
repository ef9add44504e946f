/// <reference path="./woff_inline.d.ts" />
// Text of the figures: Inter (SIL Open Font License 1.1), measured and laid out as outlines. The Latin files lack a few signs that figures
// need; those are composed of signs they have.

import regularFile from '@fontsource/inter/files/inter-latin-400-normal.woff?inline';
import semiboldFile from '@fontsource/inter/files/inter-latin-600-normal.woff?inline';
import { type Font, parse } from 'opentype.js';
import type { Contour, Point } from './coverage.ts';

export type Weight = 400 | 600;

/** Pixels an em, and the font's weight. */
export interface Face {
  size: number;
  weight: Weight;
}

/** Pixels that a flattened curve may stray from its outline. */
const FLATNESS = 0.03;
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const DIGITS = '0123456789';

interface Part {
  character: string;
  /** Of the size, and of an em upwards. */
  scale: number;
  rise: number;
}

const fonts = new Map<Weight, Font>();

/** Parsed at the first use: most commands draw nothing. */
function fontOf(weight: Weight): Font {
  const known = fonts.get(weight);
  if (known) return known;
  const file = weight === 600 ? semiboldFile : regularFile;
  const bytes = Uint8Array.from(atob(file.slice(file.indexOf(',') + 1)), (character) => character.charCodeAt(0));
  const font = parse(bytes.buffer);
  fonts.set(weight, font);
  return font;
}

/** What is drawn for a character; several parts lie on each other. */
function partsOf(character: string): Part[] | undefined {
  const raised = (of: string): Part => ({ character: of, scale: 0.66, rise: 0.34 });
  if (SUPERSCRIPTS.includes(character)) return [raised(DIGITS[SUPERSCRIPTS.indexOf(character)] ?? '0')];
  if (character === '⁻') return [raised('−')];
  if (character === '≈') return [-0.1, 0.1].map((rise) => ({ character: '~', scale: 1, rise }));
  return fontOf(400).charToGlyphIndex(character) > 0 ? [{ character, scale: 1, rise: 0 }] : undefined;
}

export function hasGlyph(character: string): boolean {
  return partsOf(character) !== undefined;
}

/** In ems. */
function ownAdvance(character: string, weight: Weight): number {
  const font = fontOf(weight);
  return (font.charToGlyph(character).advanceWidth ?? 0) / font.unitsPerEm;
}

/** In ems. Digits are tabular, each as wide as the widest; but one that begins a text keeps its own width, so that margins look straight. */
function advanceOf(character: string, weight: Weight, begins: boolean): number {
  if (begins || !DIGITS.includes(character)) return ownAdvance(character, weight);
  return Math.max(...Array.from(DIGITS, (digit) => ownAdvance(digit, weight)));
}

/** A hollow box as high as a capital. */
function unknownBox(left: number, { size }: Face): Contour[] {
  const corners = (inset: number): Point[] => {
    const [x0, x1, y0, y1] = [left + (0.08 + inset) * size, left + (0.57 - inset) * size, -inset * size, (inset - 0.72) * size];
    return [
      [x0, y0],
      [x1, y0],
      [x1, y1],
      [x0, y1],
    ];
  };
  return [corners(0), corners(0.07).reverse()];
}
const UNKNOWN_ADVANCE = 0.65;

interface Placed {
  part: Part;
  /** Pixels from the text's origin. */
  left: number;
}

function layout(text: string, { size, weight }: Face): { placed: Placed[]; boxes: number[]; width: number } {
  const placed: Placed[] = [];
  const boxes: number[] = [];
  let width = 0;
  for (const [index, character] of Array.from(text).entries()) {
    const parts = partsOf(character);
    if (!parts) boxes.push(width);
    const advances = (parts ?? []).map((part) => {
      const advance = advanceOf(part.character, weight, index === 0);
      // A digit narrower than its place stands in the middle of it.
      placed.push({ part, left: width + ((advance - ownAdvance(part.character, weight)) / 2) * part.scale * size });
      return advance * part.scale;
    });
    width += size * (parts ? Math.max(...advances) : UNKNOWN_ADVANCE);
  }
  return { placed, boxes, width };
}

/** Distance from the text's origin to its end, in pixels. */
export function textWidth(text: string, face: Face): number {
  return layout(text, face).width;
}

/** Outlines of the text from (0, 0), its origin on the baseline, y downwards. Characters without a glyph are hollow boxes. */
export function textContours(text: string, face: Face): Contour[] {
  const { placed, boxes } = layout(text, face);
  const glyphs = placed.flatMap(({ part: { character, scale, rise }, left }) =>
    flattened(
      fontOf(face.weight)
        .charToGlyph(character)
        .getPath(left, -rise * face.size, face.size * scale).commands,
    ),
  );
  return [...glyphs, ...boxes.flatMap((left) => unknownBox(left, face))];
}

type Command = ReturnType<ReturnType<Font['getPath']>['commands']['at']>;

function flattened(commands: readonly NonNullable<Command>[]): Contour[] {
  const contours: Point[][] = [];
  for (const command of commands) {
    const contour = contours.at(-1);
    const from = contour?.at(-1);
    switch (command.type) {
      case 'M':
        contours.push([[command.x, command.y]]);
        break;
      case 'L':
        contour?.push([command.x, command.y]);
        break;
      case 'Q': {
        if (!contour || !from) break;
        const { x1, y1, x, y } = command;
        const bend = Math.hypot(from[0] - 2 * x1 + x, from[1] - 2 * y1 + y);
        const steps = Math.max(1, Math.ceil(Math.sqrt(bend / (4 * FLATNESS))));
        for (let step = 1; step <= steps; step += 1) {
          const t = step / steps;
          const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
          contour.push([a * from[0] + b * x1 + c * x, a * from[1] + b * y1 + c * y]);
        }
        break;
      }
      case 'C':
        throw new Error('Inter has TrueType outlines; a cubic curve in them means that another font was put in its place');
      case 'Z':
        break;
    }
  }
  return contours;
}
