// The two tracks on the map's edges: how much mass each key column gets, and how much each row loses.

import { TRACK } from './map_layout.ts';
import { keepsColumn, type MaskRule } from './mask_rule.ts';
import { type OverlayScene, pixelsPerToken } from './overlay.ts';

/** Mean attention of a column: octaves at the track's ends. */
const MASS_LOW = -13;
const MASS_HIGH = -1.5;
/** Missed share of a row at the track's end. */
export const MISSED_END = 0.08;

export interface RowBand {
  /** Rows [from, to). */
  from: number;
  to: number;
  missed: number;
}

/** Mass of columns [a, b) at its largest mean a row: a column is seen by the rows from itself on. */
export function columnMean(mass: Float64Array, tokens: number, a: number, b: number): number {
  let largest = 0;
  for (let k = a; k < b; k += 1) {
    const mean = (mass[k] ?? 0) / (tokens - k);
    if (mean > largest) largest = mean;
  }
  return largest;
}

/** Above the picture: column mass as an area, log scale, and a tick at each kept column. */
export function drawMassTrack(
  g: CanvasRenderingContext2D,
  scene: OverlayScene,
  mass: Float64Array | null,
  rule: MaskRule,
  showMask: boolean,
): void {
  const { layout, view, ink, tokens } = scene;
  const { x, y, side } = layout;
  const top = y - TRACK - 4;
  const perToken = pixelsPerToken(scene);
  g.fillStyle = ink.sunken;
  g.fillRect(x, top + TRACK - 1, side, 1);
  for (let pixel = 0; pixel < side; pixel += 1) {
    const a = Math.max(0, Math.floor(view.k0 + pixel / perToken));
    const b = Math.min(tokens, Math.max(a + 1, Math.floor(view.k0 + (pixel + 1) / perToken)));
    if (a >= tokens) break;
    if (mass) {
      const share = (Math.log2(columnMean(mass, tokens, a, b)) - MASS_LOW) / (MASS_HIGH - MASS_LOW);
      const height = Math.max(0, Math.min(1, share)) * (TRACK - 6);
      g.fillStyle = ink.active;
      g.fillRect(x + pixel, top + TRACK - 1 - height, 1, height);
      g.fillStyle = ink.text3;
      g.fillRect(x + pixel, top + TRACK - 1 - height, 1, 1.5);
    }
    if (!showMask || rule.kind !== 'diagonals') continue;
    let kept = 0;
    for (let k = a; k < b; k += 1) if (keepsColumn(rule, k)) kept += 1;
    if (kept === 0) continue;
    g.globalAlpha = 0.35 + 0.65 * (kept / (b - a));
    g.fillStyle = ink.maskLine;
    g.fillRect(x + pixel, top, 1, 4);
    g.globalAlpha = 1;
  }
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
