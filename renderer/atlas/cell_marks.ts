// What lies on many cells alike, painted together: a thousand clips and small paths one by one take longer than everything else.

import { paintingOn } from '../ui/painting.ts';
import { PATTERN_GLYPHS } from '../ui/pattern_words.ts';
import type { CanvasInk } from './canvas_ink.ts';
import type { Box } from './layout.ts';

export type GlyphName = keyof typeof PATTERN_GLYPHS;

/** Of a glyph's own square. */
const GLYPH_SIDE = 12;
const paths = new Map<GlyphName, Path2D>();

/** In a square of 12. */
export function glyphPath(name: GlyphName): Path2D {
  let path = paths.get(name);
  if (!path) {
    path = new Path2D(PATTERN_GLYPHS[name]);
    paths.set(name, path);
  }
  return path;
}

/** Under 14 pixels a glyph no longer reads: a corner marks what is not the common kind. */
export const LEAST_GLYPH_CELL = 14;

/** Glyphs in the middle of cells, filled once for each ink and opacity. */
export class Glyphs {
  readonly #byInk = new Map<string, { ink: string; alpha: number; path: Path2D }>();

  add(name: GlyphName, ink: string, alpha: number, { x, y, width, height }: Box): void {
    const key = `${ink} ${alpha}`;
    const all = this.#byInk.get(key) ?? { ink, alpha, path: new Path2D() };
    this.#byInk.set(key, all);
    const room = Math.min(width, height);
    if (room >= LEAST_GLYPH_CELL) {
      const side = Math.max(9.5, Math.min(20, 0.4 * room));
      const scale = side / GLYPH_SIDE;
      all.path.addPath(glyphPath(name), { a: scale, d: scale, e: x + (width - side) / 2, f: y + (height - side) / 2 });
    } else if (name !== 'vertical_slash') {
      all.path.moveTo(x, y);
      all.path.lineTo(x + room / 2, y);
      all.path.lineTo(x, y + room / 2);
      all.path.closePath();
    }
  }

  fill(context: CanvasRenderingContext2D): void {
    for (const { ink, alpha, path } of this.#byInk.values()) {
      context.fillStyle = ink;
      context.globalAlpha = alpha;
      context.fill(path);
    }
    context.globalAlpha = 1;
  }
}

const HATCH_STEP = 8;
const hatches = new Map<string, CanvasPattern | null>();

/** Lines of 45 degrees every 8 pixels, one family over all that is filled with it. */
function hatchPattern(context: CanvasRenderingContext2D, ink: CanvasInk): CanvasPattern | null {
  const ratio = window.devicePixelRatio || 1;
  const key = `${ink.void} ${ink.line2} ${ratio}`;
  const known = hatches.get(key);
  if (known !== undefined) return known;
  const tile = document.createElement('canvas');
  const side = Math.round(HATCH_STEP * ratio);
  tile.width = side;
  tile.height = side;
  const g = paintingOn(tile);
  if (!g) return null;
  g.scale(side / HATCH_STEP, side / HATCH_STEP);
  g.fillStyle = ink.void;
  g.fillRect(0, 0, HATCH_STEP, HATCH_STEP);
  g.strokeStyle = ink.line2;
  g.beginPath();
  for (const sum of [0, HATCH_STEP, 2 * HATCH_STEP]) {
    g.moveTo(sum + HATCH_STEP, -HATCH_STEP);
    g.lineTo(sum - 2 * HATCH_STEP, 2 * HATCH_STEP);
  }
  g.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  pattern?.setTransform({ a: HATCH_STEP / side, d: HATCH_STEP / side });
  hatches.set(key, pattern);
  return pattern;
}

/** What is not measured or not loaded: never a guess. */
export function drawHatch(context: CanvasRenderingContext2D, ink: CanvasInk, { x, y, width, height }: Box): void {
  context.fillStyle = hatchPattern(context, ink) ?? ink.void;
  context.fillRect(x, y, width, height);
}
