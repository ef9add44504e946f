// The track on the map's upper edge: how much mass each key column gets, and how much of it the mask drops.

import type { ColumnPeaks } from './column_peaks.ts';
import { blended, packedColour } from './map_ink.ts';
import { TRACK } from './map_layout.ts';
import type { OverlayScene } from './overlay.ts';

/** Mean attention of a column: octaves at the track's ends. */
const MASS_LOW = -13;
const MASS_HIGH = -1.5;
export interface MassTrack {
  /** Null: not known yet. */
  mass: ColumnPeaks | null;
  /** Of the pattern on screen; null: no pattern, or not counted yet. */
  missed: ColumnPeaks | null;
  /** Counts of the mask's columns; null: none is shown. */
  kept: Uint32Array | null;
}

/** Above the picture: column mass as an area and the missed part of it in the mask's warm colour, both on the one log scale; a tick at
 * each kept column. Painted as pixels: a thousand rectangles would take the graphics longer than the picture itself. */
export function drawMassTrack(g: CanvasRenderingContext2D, scene: OverlayScene, { mass, missed, kept }: MassTrack): void {
  const { layout, view, ink, tokens } = scene;
  const ratio = window.devicePixelRatio;
  const width = Math.max(1, Math.round(layout.side * ratio));
  const height = Math.max(1, Math.round(TRACK * ratio));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const ground = packedColour(ink.surface);
  const [base, area, cap, tick, lost] = [ink.sunken, ink.active, ink.text3, ink.maskLine, ink.missFill].map((colour) =>
    blended(ground, packedColour(colour)),
  );
  pixels.fill(ground);
  const fill = (x: number, from: number, to: number, colour: number) => {
    for (let y = Math.max(0, Math.round(from)); y < Math.min(height, Math.round(to)); y += 1) pixels[y * width + x] = colour;
  };
  const floor = (TRACK - 1) * ratio;
  const topOf = (mean: number) => {
    const share = (Math.log2(mean) - MASS_LOW) / (MASS_HIGH - MASS_LOW);
    return floor - Math.max(0, Math.min(1, share)) * (TRACK - 6) * ratio;
  };
  const perPixel = (view.k1 - view.k0) / width;
  for (let x = 0; x < width; x += 1) {
    const a = Math.max(0, Math.floor(view.k0 + x * perPixel));
    const b = Math.min(tokens, Math.max(a + 1, Math.floor(view.k0 + (x + 1) * perPixel)));
    fill(x, floor, height, base!);
    if (a >= tokens) continue;
    if (mass) {
      const top = topOf(mass.largest(a, b));
      fill(x, top, floor, area!);
      fill(x, top, top + 1.5 * ratio, cap!);
      // The missed mass of a column is at most its mass: drawn over it, it never hides where that ends.
      const lostTop = missed ? Math.max(top, topOf(missed.largest(a, b))) : floor;
      fill(x, lostTop + (lostTop === top ? 1.5 * ratio : 0), floor, blended(ground, lost!, 0.45));
    }
    const count = kept ? kept[2 * b]! - kept[2 * a]! : 0;
    if (count > 0) fill(x, 0, 4 * ratio, blended(ground, tick!, 0.35 + 0.65 * (count / (b - a))));
  }
  const { e, f } = g.getTransform();
  g.putImageData(image, Math.round(layout.x * ratio + e), Math.round((layout.y - TRACK - 4) * ratio + f));
}

export function drawMassName(g: CanvasRenderingContext2D, { layout, ink }: OverlayScene): void {
  g.save();
  g.font = `11px ${ink.uiFont}`;
  g.fillStyle = ink.text3;
  g.textAlign = 'right';
  g.textBaseline = 'alphabetic';
  g.fillText('mass →', layout.x - 6, layout.y - 33);
  g.restore();
}
