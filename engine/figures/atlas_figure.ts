// Every head of a model in one picture: colour is the missed mass under its pattern, the glyph is the pattern.
import type { Pattern, PatternKind } from '../protocol/pattern.ts';
import { MISSED_LIMIT, MISSED_TARGET, missedRamp, missedShare, rampColour } from './colour_maps.ts';
import { textWidth } from './font.ts';
import { mix, type Raster, type Rgb } from './raster.ts';
import { halfCap, PRINT_SCALE, Sheet, TYPE } from './sheet.ts';
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

/** In units. Title, grid and legend begin on one vertical line. */
const LEFT = 48;
const MARGIN = 20;
const TITLE_BASELINE = 34;
const SUBTITLE_BASELINE = 54;
const TOP = 96;
const BAR = { gap: 20, width: 80, height: 8, label: 52 };
const RAMP = { width: 140, height: 8 };
const LEGEND = { gap: 20, height: 60 };
const WIDEST_GRID = 640;
const CELL = { least: 10, most: 36, gap: 1 };
const FACE = TYPE.caption;

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
  /** A cell's side and the grid's corner, in units. */
  cell: number;
  left: number;
  top: number;
}

export function atlasLayout(figure: AtlasFigure): AtlasLayout {
  return { cell: Math.max(CELL.least, Math.min(CELL.most, Math.floor(WIDEST_GRID / figure.heads))), left: LEFT, top: TOP };
}

/** Pure. scale: pixels a unit of the layout. */
export function atlasFigure(figure: AtlasFigure, { theme = LIGHT, scale = PRINT_SCALE }: { theme?: Theme; scale?: number } = {}): Raster {
  const { layers, heads, cells } = figure;
  const { cell } = atlasLayout(figure);
  const grid = { width: heads * cell, height: layers * cell };
  const width = Math.max(
    grid.width + BAR.gap + BAR.width + BAR.label,
    textWidth(figure.title, TYPE.title),
    textWidth(figure.subtitle, TYPE.body),
    NARROWEST_LEGEND,
  );
  const sheet = new Sheet(LEFT + width + MARGIN, TOP + grid.height + LEGEND.gap + LEGEND.height, theme.surface, scale);
  sheet.text(figure.title, LEFT, TITLE_BASELINE, TYPE.title, theme.text);
  sheet.text(figure.subtitle, LEFT, SUBTITLE_BASELINE, TYPE.body, theme.text2);

  const every = labelEvery(28, cell);
  for (let head = 0; head < heads; head += every) {
    sheet.text(head === 0 ? 'H0' : String(head), LEFT + (head + 0.5) * cell, TOP - 8, FACE, theme.text3, 'center');
  }
  const everyLayer = labelEvery(16, cell);
  for (let layer = 0; layer < layers; layer += everyLayer) {
    sheet.text(`L${layer}`, LEFT - 8, TOP + (layer + 0.5) * cell + halfCap(FACE), FACE, theme.text3, 'right');
  }
  for (const head of cells) drawCell(sheet, head, LEFT + head.head * cell, TOP + head.layer * cell, cell, theme);
  drawLayerMeans(sheet, figure, LEFT + grid.width + BAR.gap, cell, theme);
  drawLegend(sheet, cells, TOP + grid.height + LEGEND.gap, theme);
  return sheet.raster;
}

/** Labels at least `room` units apart, at every 1, 2, 4 ... cells. */
function labelEvery(room: number, cell: number): number {
  let every = 1;
  while (every * cell < room) every *= 2;
  return every;
}

function drawCell(sheet: Sheet, { missed, pattern }: AtlasHead, x: number, y: number, size: number, theme: Theme): void {
  const inner = size - 2 * CELL.gap;
  const [left, top] = [x + CELL.gap, y + CELL.gap];
  if (missed === undefined) {
    sheet.fill(left, top, inner, inner, theme.void);
    const pixels = sheet.pixel(inner);
    const period = sheet.pixel(8);
    for (let i = 0; i < pixels; i += 1)
      for (let j = 0; j < pixels; j += 1)
        if ((i + j) % period < sheet.hairline) sheet.raster.set(sheet.pixel(left) + i, sheet.pixel(top) + j, theme.line);
    return;
  }
  const colour = missedColour(missed, theme);
  sheet.fill(left, top, inner, inner, colour);
  // Heads that pass are nearly the page's colour; a frame keeps their place.
  sheet.frame(left, top, inner, inner, mix(theme.line, colour, 0.5));
  const glyph = Math.max(6, Math.round(size * 0.46));
  const inset = (size - glyph) / 2;
  // Vertical-Slash is the common case, so it stays quiet and the others stand out.
  sheet.glyph(pattern.kind, x + inset, y + inset, glyph, inkOn(colour, theme), pattern.kind === 'vertical_slash' ? 0.5 : 0.95);
}

function drawLayerMeans(sheet: Sheet, { layers, cells }: AtlasFigure, left: number, cell: number, theme: Theme): void {
  sheet.text('Layer mean', left, TOP - 8, FACE, theme.text3);
  const means = Array.from({ length: layers }, (_, layer) => meanMissed(cells.filter((head) => head.layer === layer)));
  const largest = Math.max(MISSED_TARGET, ...means.map((mean) => mean ?? 0));
  const every = labelEvery(14, cell);
  means.forEach((mean, layer) => {
    if (mean === undefined) return;
    const middle = TOP + (layer + 0.5) * cell;
    const [length, height] = [Math.max(1, (BAR.width * mean) / largest), Math.min(BAR.height, cell - 2)];
    sheet.fill(left, middle - height / 2, length, height, theme.missFill, 0.8);
    if (layer % every === 0) sheet.text(percent(mean), left + length + 8, middle + halfCap(FACE), FACE, theme.text2);
  });
}

const NARROWEST_LEGEND = 400;

function drawLegend(sheet: Sheet, cells: readonly AtlasHead[], top: number, theme: Theme): void {
  const baseline = top + RAMP.height / 2 + halfCap(FACE);
  const left = sheet.text('Missed mass 0', LEFT, baseline, FACE, theme.text2) + 8;
  // The ramp breaks at the target: heads that pass take the first third of the legend.
  const broken = RAMP.width / 3;
  const pixels = sheet.pixel(RAMP.width);
  for (let step = 0; step < pixels; step += 1) {
    const at = ((step + 0.5) / pixels) * RAMP.width;
    const missed =
      at < broken
        ? (at / broken) * MISSED_TARGET * 0.999
        : MISSED_TARGET * (MISSED_LIMIT / MISSED_TARGET) ** ((at - broken) / (RAMP.width - broken));
    sheet.raster.fill(sheet.pixel(left) + step, sheet.pixel(top), 1, sheet.pixel(RAMP.height), missedColour(missed, theme));
  }
  sheet.frame(left, top, RAMP.width, RAMP.height, theme.line);
  sheet.fill(left + broken - 0.5, top - 4, 1, RAMP.height + 8, theme.text);
  const end = sheet.text(percent(MISSED_LIMIT, 0), left + RAMP.width + 8, baseline, FACE, theme.text2);
  sheet.text(`mark: target ${percent(MISSED_TARGET, 0)}`, end + 16, baseline, FACE, theme.text3);

  let x = LEFT;
  for (const kind of ['vertical_slash', 'a_shape', 'block_sparse', 'dense'] satisfies PatternKind[]) {
    const number = cells.filter((head) => head.pattern.kind === kind).length;
    if (number === 0) continue;
    sheet.glyph(kind, x, top + 22, 11, theme.text);
    x = sheet.text(`${KIND_NAMES[kind]} ${number}`, x + 16, top + 27.5 + halfCap(FACE), FACE, theme.text2) + 20;
  }
}
