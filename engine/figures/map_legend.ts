// Below a map: what its colours mean, in columns of equal width, and what a pixel stands for.
import { attentionRamp, dimmedRamp, keptRamp, type Ramp, rampColour } from './colour_maps.ts';
import type { LogLimits } from './log_scale.ts';
import { isSquare, type MapCells } from './map_plot.ts';
import { type Sheet, TYPE } from './sheet.ts';
import type { Theme } from './theme.ts';
import { count, powerOfTwo } from './wording.ts';

const COLUMN = { gap: 16, widest: 220 };
const RAMP_HEIGHT = 8;
export const LEGEND_HEIGHT = 72;

/** '1 px = 15×15 tokens, max'; '≈' where the tokens do not divide evenly. scale: pixels a cell. */
export function footprintText({ rect: [q0, q1, k0, k1], width, height, aggregate }: MapCells, scale = 1): string {
  const [rows, columns] = [(q1 - q0) / height, (k1 - k0) / width];
  const even = Number.isInteger(rows) && Number.isInteger(columns);
  const text = (size: number) => (even || size >= 10 ? count(size) : size.toFixed(1));
  const what = rows === 1 && columns === 1 ? 'exact' : aggregate;
  return `${scale} px ${even ? '=' : '≈'} ${text(rows)}×${text(columns)} tokens, ${what}`;
}

/** In the LEGEND_HEIGHT units below `top`. */
export function drawMapLegend(
  sheet: Sheet,
  map: MapCells,
  { limits, cellPixels, ground }: { limits: LogLimits; cellPixels: number; ground?: string | undefined },
  place: { left: number; top: number; width: number },
  theme: Theme,
): void {
  const octaves: [string, string] = [powerOfTwo(limits.low), powerOfTwo(limits.high)];
  const columns: { meaning: string; ramp: Ramp; ends: [string, string] }[] = [
    { meaning: map.kept ? 'Attention, kept' : 'Attention', ramp: attentionRamp(theme), ends: octaves },
    ...(map.kept ? [{ meaning: 'Attention, not kept', ramp: dimmedRamp(theme), ends: octaves }] : []),
    ...(map.kept && isSquare(map) ? [{ meaning: 'Fraction kept', ramp: keptRamp(theme), ends: ['0', '1'] as [string, string] }] : []),
  ];
  const width = Math.min(COLUMN.widest, (place.width - 2 * COLUMN.gap) / 3);
  columns.forEach(({ meaning, ramp, ends }, index) => {
    const left = place.left + index * (width + COLUMN.gap);
    sheet.text(meaning, left, place.top + 9, TYPE.caption, theme.text2);
    const [from, to] = [sheet.pixel(left), sheet.pixel(left + width)];
    const top = sheet.pixel(place.top + 16);
    for (let x = from; x < to; x += 1) {
      sheet.raster.fill(x, top, 1, sheet.pixel(RAMP_HEIGHT), rampColour(ramp, (x - from) / (to - from - 1)));
    }
    sheet.frame(left, place.top + 16, width, RAMP_HEIGHT, theme.line);
    sheet.text(ends[0], left, place.top + 38, TYPE.caption, theme.text3);
    sheet.text(ends[1], left + width, place.top + 38, TYPE.caption, theme.text3, 'right');
  });
  const ends = ground === undefined ? '' : `; ${ground}`;
  sheet.text(`${footprintText(map, cellPixels)}; log scale${ends}`, place.left, place.top + 60, TYPE.caption, theme.text3);
}
