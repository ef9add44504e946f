// The two tracks on the map's edges: how much mass each key column gets, and how much each row loses.

import type { ColumnPeaks } from './column_peaks.ts';
import { TRACK } from './map_layout.ts';
import { type OverlayScene, pixelsPerToken } from './overlay.ts';

/** Mean attention of a column: octaves at the track's ends. */
const MASS_LOW = -13;
const MASS_HIGH = -1.5;
/** Shades of a kept column's tick. */
const TICK_STEPS = 8;
/** Missed share of a row at the track's end. */
export const MISSED_END = 0.08;

export interface RowBand {
  /** Rows [from, to). */
  from: number;
  to: number;
  missed: number;
}

/** Above the picture: column mass as an area, log scale, and a tick at each kept column. `kept`: counts of the mask; null: none is shown. */
export function drawMassTrack(g: CanvasRenderingContext2D, scene: OverlayScene, peaks: ColumnPeaks | null, kept: Uint32Array | null): void {
  const { layout, view, ink, tokens } = scene;
  const { x, y, side } = layout;
  const top = y - TRACK - 4;
  const floor = top + TRACK - 1;
  const perToken = pixelsPerToken(scene);
  g.fillStyle = ink.sunken;
  g.fillRect(x, floor, side, 1);
  const pixels = Math.min(side, Math.ceil((tokens - view.k0) * perToken));
  const columns = (pixel: number): [number, number] => {
    const a = Math.max(0, Math.floor(view.k0 + pixel / perToken));
    return [a, Math.min(tokens, Math.max(a + 1, Math.floor(view.k0 + (pixel + 1) / perToken)))];
  };
  if (peaks) {
    const heights = new Float64Array(pixels);
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const share = (Math.log2(peaks.largest(...columns(pixel))) - MASS_LOW) / (MASS_HIGH - MASS_LOW);
      heights[pixel] = Math.max(0, Math.min(1, share)) * (TRACK - 6);
    }
    // Each colour in one path: hundreds of rectangles by themselves cost a frame's time.
    g.fillStyle = ink.active;
    g.beginPath();
    for (let pixel = 0; pixel < pixels; pixel += 1) g.rect(x + pixel, floor - heights[pixel]!, 1, heights[pixel]!);
    g.fill();
    g.fillStyle = ink.text3;
    g.beginPath();
    for (let pixel = 0; pixel < pixels; pixel += 1) g.rect(x + pixel, floor - heights[pixel]!, 1, 1.5);
    g.fill();
  }
  if (!kept) return;
  const steps = Array.from({ length: TICK_STEPS }, () => [] as number[]);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const [a, b] = columns(pixel);
    const count = kept[2 * b]! - kept[2 * a]!;
    if (count > 0) steps[Math.ceil((count / (b - a)) * TICK_STEPS) - 1]?.push(pixel);
  }
  g.fillStyle = ink.maskLine;
  for (const [step, at] of steps.entries()) {
    if (at.length === 0) continue;
    g.globalAlpha = 0.35 + (0.65 * (step + 1)) / TICK_STEPS;
    g.beginPath();
    for (const pixel of at) g.rect(x + pixel, top, 1, 4);
    g.fill();
  }
  g.globalAlpha = 1;
}

/** Left of the picture: missed share of each band of rows, growing leftwards. */
export function drawMissedTrack(g: CanvasRenderingContext2D, scene: OverlayScene, bands: readonly RowBand[]): void {
  const { layout, view, ink } = scene;
  const { x, y, side } = layout;
  const right = x - 4;
  const perToken = pixelsPerToken(scene);
  g.fillStyle = ink.sunken;
  g.globalAlpha = 0.5;
  g.fillRect(right - TRACK, y, TRACK, side);
  g.globalAlpha = 1;
  for (const { from, to, missed } of bands) {
    const a = Math.max(y, y + (from - view.q0) * perToken);
    const b = Math.min(y + side, y + (to - view.q0) * perToken);
    if (b <= a) continue;
    const width = Math.max(0, Math.min(1, missed / MISSED_END)) * TRACK;
    g.fillStyle = ink.missSoft;
    g.fillRect(right - width, a, width, b - a);
    g.fillStyle = ink.missFill;
    g.fillRect(right - width, a, 1.5, b - a);
  }
}

export function drawTrackNames(g: CanvasRenderingContext2D, { layout, ink }: OverlayScene, hasBands: boolean): void {
  g.save();
  g.font = `11px ${ink.uiFont}`;
  g.fillStyle = ink.text3;
  g.textAlign = 'right';
  g.textBaseline = 'alphabetic';
  g.fillText('mass →', layout.x - 6, layout.y - 28);
  if (hasBands) g.fillText('missed ↓', layout.x - 6, layout.y - 6);
  g.restore();
}
