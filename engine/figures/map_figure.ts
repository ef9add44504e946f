// One head's map with everything needed to read it: title, axes in token positions, footprint, scale and what the mask keeps.
import type { Pattern } from '../protocol/pattern.ts';
import { attentionRamp, dimmedRamp, keptRamp, type Ramp, rampColour } from './colour_maps.ts';
import { textDots } from './font.ts';
import { axisTicks, type LogLimits, logLimits } from './log_scale.ts';
import { isSquare, type MapCells, mapPlot } from './map_plot.ts';
import { Raster } from './raster.ts';
import type { Theme } from './theme.ts';
import { LIGHT } from './theme.ts';
import { count, headName, patternText, percent, powerOfTwo, recallText } from './wording.ts';

export interface MapFigure extends MapCells {
  model: string;
  layer: number;
  head: number;
  /** The mask drawn over the map, and what it was measured to keep. */
  mask?: { pattern: Pattern; recall?: number; density?: number } | undefined;
  limits?: LogLimits;
}

const TEXT = 2;
const CAPS = 7 * TEXT;
const LEFT = 108;
const RIGHT = 28;
const TOP = 136;
const LEGEND_ROW = 24;
const RAMP = { width: 200, height: 12, inset: 52 };
/** Plots with fewer cells than this on their longer side are enlarged by whole factors. */
const SMALLEST_SIDE = 480;

/** '1 px = 15×15 tokens, max'; '≈' where the tokens do not divide evenly. */
export function footprintText({ rect: [q0, q1, k0, k1], width, height, aggregate }: MapCells, scale = 1): string {
  const [rows, columns] = [(q1 - q0) / height, (k1 - k0) / width];
  const even = Number.isInteger(rows) && Number.isInteger(columns);
  const text = (size: number) => (even || size >= 10 ? count(size) : size.toFixed(1));
  const what = rows === 1 && columns === 1 ? 'exact' : aggregate;
  return `${scale} px ${even ? '=' : '≈'} ${text(rows)}×${text(columns)} tokens, ${what}`;
}

function titleLines({ layer, head, model, mask }: MapFigure): [string, string, string] {
  const title = `${headName(layer, head)} · ${model}`;
  if (!mask) return [title, 'Dense attention', ''];
  const { pattern, recall, density } = mask;
  const measured = [
    ...(recall === undefined ? [] : [`recall ${recallText(recall)}`, `missed ${percent(1 - recall)}`]),
    ...(density === undefined ? [] : [`tiles ${percent(density)}`]),
  ];
  return [title, patternText(pattern), measured.join(', ')];
}

/** `text` cut so that it fits `width` pixels. */
function fitted(text: string, width: number): string {
  if (textDots(text) * TEXT <= width) return text;
  let characters = Array.from(text);
  while (characters.length > 1 && textDots(`${characters.join('')}…`) * TEXT > width) characters = characters.slice(0, -1);
  return `${characters.join('').trimEnd()}…`;
}

/** Pure: the same figure gives the same pixels. */
export function mapFigure(figure: MapFigure, theme: Theme = LIGHT): Raster {
  const scale = Math.max(1, Math.floor(SMALLEST_SIDE / Math.max(figure.width, figure.height)));
  const limits = figure.limits ?? logLimits(figure.cells);
  const plot = mapPlot(figure, theme, { scale, limits });
  const width = LEFT + Math.max(plot.width, SMALLEST_SIDE) + RIGHT;
  const legendRows = figure.kept ? 4 : 2;
  const picture = new Raster(width, TOP + plot.height + 20 + legendRows * LEGEND_ROW + 6, theme.surface);

  const [title, pattern, measured] = titleLines(figure);
  picture.text(fitted(title, width - 48), 24, 20, theme.text, { bold: true });
  picture.text(fitted(pattern, width - 48), 24, 46, theme.text2);
  picture.text(fitted(measured, width - 48), 24, 70, theme.text2);
  picture.draw(plot, LEFT, TOP);
  picture.frame(LEFT, TOP, plot.width, plot.height, theme.line);
  drawAxes(picture, figure, plot, theme);
  drawLegend(picture, figure, limits, scale, TOP + plot.height + 20, theme);
  if (figure.kept && isSquare(figure)) {
    tag(picture, 'Kept by the mask, mirrored', LEFT + plot.width - 8, TOP + 8, 'right', theme);
    tag(picture, 'Attention, grey where not kept', LEFT + 8, TOP + plot.height - 34, 'left', theme);
  }
  return picture;
}

function drawAxes(picture: Raster, { rect: [q0, q1, k0, k1] }: MapFigure, plot: Raster, theme: Theme): void {
  const keyAt = (token: number) => LEFT + Math.floor(((token - k0) * plot.width) / (k1 - k0));
  const queryAt = (token: number) => TOP + Math.floor(((token - q0) * plot.height) / (q1 - q0));
  for (const token of axisTicks(k0, k1, 5)) {
    picture.fill(keyAt(token), TOP - 8, 1, 7, theme.line);
    picture.text(token === k0 ? `key ${count(token)}` : count(token), keyAt(token), TOP - 28, theme.text3);
  }
  for (const token of axisTicks(q0, q1, 5)) {
    picture.fill(LEFT - 8, queryAt(token), 7, 1, theme.line);
    picture.text(token === q0 ? `query ${count(token)}` : count(token), LEFT - 12, queryAt(token), theme.text3, { align: 'right' });
  }
}

function drawLegend(picture: Raster, figure: MapFigure, limits: LogLimits, scale: number, top: number, theme: Theme): void {
  const barLeft = LEFT + RAMP.inset;
  const row = (colours: Ramp, index: number, low: string, high: string, meaning: string) => {
    const y = top + index * LEGEND_ROW;
    picture.text(low, barLeft - 10, y, theme.text2, { align: 'right' });
    for (let x = 0; x < RAMP.width; x += 1) picture.fill(barLeft + x, y + 1, 1, RAMP.height, rampColour(colours, x / (RAMP.width - 1)));
    picture.frame(barLeft, y + 1, RAMP.width, RAMP.height, theme.line);
    picture.text(high, barLeft + RAMP.width + 10, y, theme.text2);
    picture.text(meaning, barLeft + RAMP.width + 66, y, theme.text3);
  };
  row(attentionRamp(theme), 0, powerOfTwo(limits.low), powerOfTwo(limits.high), figure.kept ? 'attention, kept' : 'attention');
  if (figure.kept) {
    row(dimmedRamp(theme), 1, powerOfTwo(limits.low), powerOfTwo(limits.high), 'attention, not kept');
    if (isSquare(figure)) row(keptRamp(theme), 2, '0', '1', 'fraction kept');
  }
  picture.text(footprintText(figure, scale), LEFT, top + (figure.kept ? 3 : 1) * LEGEND_ROW, theme.text3);
}

/** A small label on a plate of its own, so that it reads over any data. */
function tag(picture: Raster, text: string, x: number, y: number, align: 'left' | 'right', theme: Theme): void {
  const width = textDots(text) * TEXT + 16;
  const left = align === 'left' ? x : x - width;
  picture.fill(left, y, width, CAPS + 12, theme.surface, 0.92);
  picture.frame(left, y, width, CAPS + 12, theme.line);
  picture.text(text, left + 8, y + 6, theme.text);
}
