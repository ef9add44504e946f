// Every head of a model in one picture: colour is the missed mass under its pattern, the glyph is the pattern.
import type { Pattern, PatternKind } from '../protocol/pattern.ts';
import { MISSED_LIMIT, MISSED_TARGET, missedRamp, missedShare, rampColour } from './colour_maps.ts';
import { textDots } from './font.ts';
import { drawGlyph } from './glyphs.ts';
import { mix, Raster, type Rgb } from './raster.ts';
import { LIGHT, type Theme } from './theme.ts';
import { KIND_NAMES, percent } from './wording.ts';

export interface AtlasHead {
  layer: number;
  head: number;
  pattern: Pattern;
  /** 1 - recall; undefined where the head was not measured. */
  missed: number | undefined;
}

export interface AtlasFigure {
  title: string;
  /** The ground of the numbers: rows scored, tokens, patterns' origin. */
  subtitle: string;
  layers: number;
  heads: number;
  cells: readonly AtlasHead[];
}

const TEXT = 2;
const LEFT = 84;
const TOP = 132;
const BAR = { gap: 24, width: 120, label: 100 };
/** Cell sides in pixels: as large as fits a picture of about this width. */
const WIDEST_GRID = 960;

/** Text and glyph colour on a cell: whichever is clearer. */
export function inkOn(cell: Rgb, theme: Theme): Rgb {
  const luma = 0.2126 * cell[0] + 0.7152 * cell[1] + 0.0722 * cell[2];
  return luma > 120 ? (theme.name === 'dark' ? [18, 20, 24] : theme.text) : [255, 255, 255];
}

export function missedColour(missed: number, theme: Theme): Rgb {
  return rampColour(missedRamp(theme), missedShare(missed));
}

export const meanMissed = (cells: readonly AtlasHead[]): number | undefined => {
  const measured = cells.flatMap(({ missed }) => (missed === undefined ? [] : [missed]));
  return measured.length === 0 ? undefined : measured.reduce((sum, missed) => sum + missed, 0) / measured.length;
};

export interface AtlasLayout {
  cell: number;
  left: number;
  top: number;
}

export function atlasLayout(figure: AtlasFigure): AtlasLayout {
  return { cell: Math.max(14, Math.min(56, Math.floor(WIDEST_GRID / figure.heads))), left: LEFT, top: TOP };
}

export function atlasFigure(figure: AtlasFigure, theme: Theme = LIGHT): Raster {
  const { layers, heads, cells } = figure;
  const { cell } = atlasLayout(figure);
  const grid = { width: heads * cell, height: layers * cell };
  const textWidth = Math.max(textDots(figure.title), textDots(figure.subtitle)) * TEXT + 48;
  const width = Math.max(LEFT + grid.width + BAR.gap + BAR.width + BAR.label, textWidth, 760);
  const picture = new Raster(width, TOP + grid.height + 104, theme.surface);
  picture.text(figure.title, 24, 24, theme.text, { bold: true });
  picture.text(figure.subtitle, 24, 50, theme.text2);

  const every = Math.max(1, Math.ceil(56 / cell));
  for (let head = 0; head < heads; head += every) {
    const label = head === 0 ? 'H0' : String(head);
    picture.text(label, LEFT + head * cell + Math.floor(cell / 2), TOP - 24, theme.text3, { align: 'center' });
  }
  const everyLayer = Math.max(1, Math.ceil(28 / cell));
  for (let layer = 0; layer < layers; layer += everyLayer) {
    picture.text(`L${layer}`, LEFT - 12, TOP + layer * cell + Math.floor(cell / 2) - 7, theme.text3, { align: 'right' });
  }
  for (const head of cells) drawCell(picture, head, LEFT + head.head * cell, TOP + head.layer * cell, cell, theme);
  drawLayerMeans(picture, figure, LEFT + grid.width + BAR.gap, cell, theme);
  drawLegend(picture, cells, TOP + grid.height + 28, theme);
  return picture;
}

function drawCell(picture: Raster, { missed, pattern }: AtlasHead, x: number, y: number, size: number, theme: Theme): void {
  const inner = size - 2;
  if (missed === undefined) {
    picture.fill(x + 1, y + 1, inner, inner, theme.void);
    for (let i = 0; i < inner; i += 1)
      for (let j = 0; j < inner; j += 1) if ((i + j) % 8 === 0) picture.set(x + 1 + i, y + 1 + j, theme.line);
    return;
  }
  const colour = missedColour(missed, theme);
  picture.fill(x + 1, y + 1, inner, inner, mix(theme.line, colour, 0.5));
  picture.fill(x + 2, y + 2, inner - 2, inner - 2, colour);
  const glyph = Math.max(10, Math.min(24, Math.round(size * 0.48)));
  const inset = Math.floor((size - glyph) / 2);
  // Vertical-Slash is the common case, so it stays quiet and the others stand out.
  drawGlyph(picture, pattern.kind, x + inset, y + inset, glyph, inkOn(colour, theme), pattern.kind === 'vertical_slash' ? 0.55 : 0.95);
}

function drawLayerMeans(picture: Raster, { layers, cells }: AtlasFigure, left: number, cell: number, theme: Theme): void {
  picture.text('Layer mean', left, TOP - 24, theme.text3);
  const means = Array.from({ length: layers }, (_, layer) => meanMissed(cells.filter((head) => head.layer === layer)));
  const largest = Math.max(MISSED_TARGET, ...means.map((mean) => mean ?? 0));
  means.forEach((mean, layer) => {
    if (mean === undefined || cell < 16) return;
    const middle = TOP + layer * cell + Math.floor(cell / 2);
    const length = Math.max(1, Math.round((BAR.width * mean) / largest));
    picture.fill(left, middle - 6, length, 12, theme.missFill, 0.8);
    picture.text(percent(mean), left + length + 10, middle - 7, theme.text2);
  });
}

function drawLegend(picture: Raster, cells: readonly AtlasHead[], top: number, theme: Theme): void {
  const bar = 220;
  let x = picture.text('Missed mass 0', 24, top, theme.text2) + 10;
  const broken = Math.round(bar / 3);
  for (let step = 0; step < bar; step += 1) {
    const missed =
      step < broken
        ? (step / broken) * MISSED_TARGET * 0.999
        : MISSED_TARGET * (MISSED_LIMIT / MISSED_TARGET) ** ((step - broken) / (bar - 1 - broken));
    picture.fill(x + step, top + 1, 1, 12, missedColour(missed, theme));
  }
  picture.frame(x, top + 1, bar, 12, theme.line);
  picture.fill(x + broken, top - 4, 2, 22, theme.text);
  x = picture.text(percent(MISSED_LIMIT, 0), x + bar + 10, top, theme.text2) + 18;
  picture.text(`mark: target ${percent(MISSED_TARGET, 0)}`, x, top, theme.text3);

  x = 24;
  for (const kind of ['vertical_slash', 'a_shape', 'block_sparse', 'dense'] satisfies PatternKind[]) {
    const number = cells.filter((head) => head.pattern.kind === kind).length;
    if (number === 0) continue;
    drawGlyph(picture, kind, x, top + 32, 16, theme.text);
    x = picture.text(`${KIND_NAMES[kind]} ${number}`, x + 24, top + 34, theme.text2) + 28;
  }
}
