// One head's attention as a picture without words: the plot of a figure, or an image of the report.
import { attentionRamp, dimmedRamp, keptRamp, rampColour } from './colour_maps.ts';
import { type LogLimits, logLimits, logShare } from './log_scale.ts';
import { mix, Raster, type Rgb } from './raster.ts';
import type { Theme } from './theme.ts';

export interface MapCells {
  /** [height][width], attention mass (sum), largest probability (max) or mean of a cell's causal elements. */
  cells: Float32Array;
  width: number;
  height: number;
  /** Half-open [q0, q1, k0, k1) in tokens; cell x covers [floor(x n / width), floor((x + 1) n / width)) of n columns. */
  rect: readonly [number, number, number, number];
  aggregate: 'sum' | 'max' | 'mean';
  /** [height][width], the fraction of a cell's causal elements that a mask keeps; NaN where there are none. */
  kept?: Float32Array | undefined;
}

/** Cells hold many tokens, so the outline stays faint enough to leave the data below it readable. */
const OUTLINE_OPACITY = 0.5;
/** Difference of kept fractions that counts as the mask's edge; where columns or diagonals are dense there is none to draw. */
const OUTLINE_STEP = 0.6;

/** Rows and columns begin at the same token and have the same size: what is above the diagonal can mirror what is below. */
export function isSquare({ width, height, rect: [q0, q1, k0, k1] }: MapCells): boolean {
  return width === height && q0 === k0 && q1 === k1;
}

/** Whether a cell has no causal element. */
export function isVoid({ width, height, rect: [q0, q1, k0, k1] }: MapCells, x: number, y: number): boolean {
  const lastRow = Math.max(q0, q0 + Math.floor(((y + 1) * (q1 - q0)) / height) - 1);
  return k0 + Math.floor((x * (k1 - k0)) / width) > lastRow;
}

/**
 * `scale` pixels a cell. With a mask, cells fade to grey by the fraction that is not kept, an outline marks its
 * edges, and in a square plot the area above the diagonal shows the kept fraction itself, mirrored.
 */
export function mapPlot(
  map: MapCells,
  theme: Theme,
  { scale = 1, limits = logLimits(map.cells) }: { scale?: number; limits?: LogLimits } = {},
): Raster {
  const { width, height, cells, kept } = map;
  if (cells.length !== width * height || (kept && kept.length !== width * height)) {
    throw new RangeError(`A map of ${width} x ${height} cells came with ${cells.length} values`);
  }
  const attention = attentionRamp(theme);
  const dimmed = dimmedRamp(theme);
  const keptColours = keptRamp(theme);
  const mirrored = kept !== undefined && isSquare(map);
  const keptAt = (x: number, y: number) => kept?.[y * width + x] ?? Number.NaN;

  const plot = new Raster(width * scale, height * scale, theme.void);
  const colourOf = (x: number, y: number): Rgb => {
    if (isVoid(map, x, y)) {
      const share = mirrored ? keptAt(y, x) : 0;
      return share > 0 ? rampColour(keptColours, share) : theme.void;
    }
    const share = logShare(cells[y * width + x] ?? 0, limits);
    const full = rampColour(attention, share);
    if (!kept) return full;
    const fraction = keptAt(x, y);
    const base = mix(rampColour(dimmed, share), full, Number.isNaN(fraction) ? 1 : fraction);
    return onOutline(x, y) ? mix(base, theme.maskLine, OUTLINE_OPACITY) : base;
  };
  /** A cell beside one of which the mask keeps far more: the line lies outside the data that it encloses. */
  const onOutline = (x: number, y: number): boolean => {
    const own = keptAt(x, y);
    const beside = (nx: number, ny: number) => nx >= 0 && ny >= 0 && nx < width && ny < height && keptAt(nx, ny) - own >= OUTLINE_STEP;
    return beside(x - 1, y) || beside(x + 1, y) || beside(x, y - 1) || beside(x, y + 1);
  };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) plot.fill(x * scale, y * scale, scale, scale, colourOf(x, y));
  }
  return plot;
}
