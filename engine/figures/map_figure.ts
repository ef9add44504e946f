// One head's map with everything needed to read it: title, axes in token positions, footprint, scale and what the mask keeps.
import type { Pattern } from '../protocol/pattern.ts';
import { textWidth } from './font.ts';
import { axisTicks, type LogLimits, logLimits } from './log_scale.ts';
import { drawMapLegend, LEGEND_HEIGHT } from './map_legend.ts';
import { isSquare, type MapCells, mapPlot } from './map_plot.ts';
import type { Raster, Rgb } from './raster.ts';
import { fitted, halfCap, PRINT_SCALE, Sheet, TYPE } from './sheet.ts';
import type { Theme } from './theme.ts';
import { LIGHT } from './theme.ts';
import { budgetText, count, headName, KIND_NAMES, percent, recallText } from './wording.ts';

export interface MapFigure extends MapCells {
  model: string;
  layer: number;
  head: number;
  /** The mask drawn over the map, and what it was measured to keep. */
  mask?: { pattern: Pattern; recall?: number; density?: number } | undefined;
  /** What the recall was measured over, for the last line: 'recall over rows from 2,500 on'. */
  ground?: string;
  limits?: LogLimits;
}

/** In units. Title, facts, plot and legend begin on one vertical line, the plot's left edge. */
const LEAST_LEFT = 72;
const MARGIN = 20;
const TICK_GAP = 10;
const TITLE_BASELINE = 34;
const FACTS = { top: 50, height: 36, gap: 28 };
const AXIS_HEIGHT = 32;
const LEGEND_GAP = 20;
/** Of title, facts and legend; plots with fewer cells on their longer side are enlarged by whole factors to about this. */
const NARROWEST = 360;
/** Narrower plots have no room for the tags; the legend says the same. */
const TAGGED = 300;

/** Pure: the same figure gives the same pixels. scale: pixels a unit of the layout; the plot has a whole number of pixels a cell. */
export function mapFigure(figure: MapFigure, { theme = LIGHT, scale = PRINT_SCALE }: { theme?: Theme; scale?: number } = {}): Raster {
  const { plot, cellPixels, limits, left, top, width, height } = mapLayout(figure, theme, scale);
  const content = Math.max(width, NARROWEST);
  const legend = top + height + LEGEND_GAP;
  const sheet = new Sheet(left + content + MARGIN, legend + LEGEND_HEIGHT, theme.surface, scale);
  drawTitle(sheet, figure, left, content, theme);
  drawFacts(sheet, figure, left, theme);
  sheet.draw(plot, left, top);
  sheet.frame(left, top, width, height, theme.line);
  drawAxes(sheet, figure, { left, top, width, height }, theme);
  if (figure.kept && isSquare(figure) && width >= TAGGED) {
    tag(sheet, 'Kept by the mask', 'mirrored at the diagonal', { right: left + width - 8, top: top + 8 }, theme);
    tag(sheet, 'Attention', 'grey where not kept', { left: left + 8, bottom: top + height - 8 }, theme);
  }
  drawMapLegend(sheet, figure, { limits, cellPixels, ground: figure.ground }, { left, top: legend, width: content }, theme);
  return sheet.raster;
}

export interface MapLayout extends Place {
  plot: Raster;
  cellPixels: number;
  limits: LogLimits;
}

/** The plot in pixels, and its place in units. */
export function mapLayout(figure: MapFigure, theme: Theme = LIGHT, scale = PRINT_SCALE): MapLayout {
  const cellPixels = Math.max(1, Math.round((NARROWEST * scale) / Math.max(figure.width, figure.height)));
  const limits = figure.limits ?? logLimits(figure.cells);
  const plot = mapPlot(figure, theme, { scale: cellPixels, limits });
  const labels = axisLabels('query', figure.rect[0], figure.rect[1]).map(({ text }) => textWidth(text, TYPE.caption));
  const left = Math.max(LEAST_LEFT, Math.ceil(Math.max(0, ...labels)) + TICK_GAP + MARGIN);
  const top = FACTS.top + (figure.mask ? FACTS.height : 0) + AXIS_HEIGHT;
  return { plot, cellPixels, limits, left, top, width: plot.width / scale, height: plot.height / scale };
}

function drawTitle(sheet: Sheet, { layer, head, model, mask }: MapFigure, left: number, width: number, theme: Theme): void {
  const x = sheet.text(headName(layer, head), left, TITLE_BASELINE, TYPE.title, theme.text) + 10;
  const subtitle = mask ? model : `${model}, dense attention`;
  sheet.text(fitted(subtitle, left + width - x, TYPE.body), x, TITLE_BASELINE, TYPE.body, theme.text2);
}

/** What is masked and what that costs: captions over values. */
function drawFacts(sheet: Sheet, { mask }: MapFigure, left: number, theme: Theme): void {
  if (!mask) return;
  const { pattern, recall, density } = mask;
  const facts: { caption: string; value: string; colour: Rgb }[] = [
    { caption: KIND_NAMES[pattern.kind], value: budgetText(pattern) || 'every key', colour: theme.text },
    ...(recall === undefined
      ? []
      : [
          { caption: 'Recall', value: recallText(recall), colour: theme.text },
          { caption: 'Missed', value: percent(1 - recall), colour: theme.miss },
        ]),
    ...(density === undefined ? [] : [{ caption: 'Tiles multiplied', value: percent(density), colour: theme.text }]),
  ];
  let x = left;
  facts.forEach(({ caption, value, colour }, index) => {
    let captionLeft = x;
    if (index === 0) {
      sheet.glyph(pattern.kind, x, FACTS.top, 11, theme.text2);
      captionLeft += 15;
    }
    const captionEnd = sheet.text(caption, captionLeft, FACTS.top + 9, TYPE.caption, theme.text3);
    const valueEnd = sheet.text(value, x, FACTS.top + 27, TYPE.value, colour);
    x = Math.max(captionEnd, valueEnd) + FACTS.gap;
    if (index < facts.length - 1) sheet.tick(x - FACTS.gap / 2, FACTS.top, 28, 'down', theme.line);
  });
}

/** In units. */
interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The first label names the axis. */
function axisLabels(name: string, begin: number, end: number): { token: number; text: string }[] {
  return axisTicks(begin, end, 5).map((token, index) => ({ token, text: index === 0 ? `${name} ${count(token)}` : count(token) }));
}

/** Every tick is drawn; a label that would touch the one before it is left out. */
function drawAxes(sheet: Sheet, { rect: [q0, q1, k0, k1] }: MapFigure, { left, top, width, height }: Place, theme: Theme): void {
  const face = TYPE.caption;
  let free = Number.NEGATIVE_INFINITY;
  for (const { token, text } of axisLabels('key', k0, k1)) {
    const x = left + ((token - k0) * width) / (k1 - k0);
    sheet.tick(x, top - 6, 5, 'down', theme.control);
    // Centred on its tick, but never beyond the plot's sides.
    const labelWidth = textWidth(text, face);
    const begin = Math.max(left, Math.min(x - labelWidth / 2, left + width - labelWidth));
    if (begin < free) continue;
    free = sheet.text(text, begin, top - TICK_GAP, face, theme.text3) + 5;
  }
  free = Number.NEGATIVE_INFINITY;
  for (const { token, text } of axisLabels('query', q0, q1)) {
    const y = top + ((token - q0) * height) / (q1 - q0);
    sheet.tick(left - 6, y, 5, 'right', theme.control);
    if (y < free) continue;
    sheet.text(text, left - TICK_GAP, y + halfCap(face), face, theme.text3, 'right');
    free = y + face.size + 2;
  }
}

/** What half of the plot shows, on a plate of its own, so that it reads over any data. */
function tag(
  sheet: Sheet,
  name: string,
  what: string,
  at: { left: number; bottom: number } | { right: number; top: number },
  theme: Theme,
): void {
  const nameWidth = textWidth(name, TYPE.captionStrong) + 6;
  const [width, height] = [nameWidth + textWidth(what, TYPE.caption) + 14, 20];
  const [left, top] = 'left' in at ? [at.left, at.bottom - height] : [at.right - width, at.top];
  sheet.fill(left, top, width, height, theme.surface, 0.94);
  sheet.frame(left, top, width, height, theme.line);
  const baseline = top + height / 2 + halfCap(TYPE.caption);
  sheet.text(name, left + 7, baseline, TYPE.captionStrong, theme.text);
  sheet.text(what, left + 7 + nameWidth, baseline, TYPE.caption, theme.text2);
}
