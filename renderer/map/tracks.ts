// The track on the map's upper edge: how much mass each key column gets.

import type { ColumnPeaks } from './column_peaks.ts';
import { packedColour, withAlpha } from './map_ink.ts';
import { TRACK } from './map_layout.ts';
import type { OverlayScene } from './overlay.ts';

/** Mean attention of a column: octaves at the track's ends. */
const MASS_LOW = -13;
const MASS_HIGH = -1.5;
/** Above the picture: column mass as an area, log scale, and a tick at each kept column. `kept`: counts of the mask; null: none is shown.
 * Painted as pixels: a thousand rectangles would take the graphics longer than the picture itself. */
export function drawMassTrack(g: CanvasRenderingContext2D, scene: OverlayScene, peaks: ColumnPeaks | null, kept: Uint32Array | null): void {
  const { layout, view, ink, tokens } = scene;
  const ratio = window.devicePixelRatio;
  const width = Math.max(1, Math.round(layout.side * ratio));
  const height = Math.max(1, Math.round(TRACK * ratio));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [base, area, cap, tick] = [ink.sunken, ink.active, ink.text3, ink.maskLine].map(packedColour);
  const fill = (x: number, from: number, to: number, colour: number) => {
    for (let y = Math.max(0, Math.round(from)); y < Math.min(height, Math.round(to)); y += 1) pixels[y * width + x] = colour;
  };
  const floor = (TRACK - 1) * ratio;
  const perPixel = (view.k1 - view.k0) / width;
  for (let x = 0; x < width; x += 1) {
    const a = Math.max(0, Math.floor(view.k0 + x * perPixel));
    const b = Math.min(tokens, Math.max(a + 1, Math.floor(view.k0 + (x + 1) * perPixel)));
    fill(x, floor, height, base!);
    if (a >= tokens) continue;
    if (peaks) {
      const share = (Math.log2(peaks.largest(a, b)) - MASS_LOW) / (MASS_HIGH - MASS_LOW);
      const top = floor - Math.max(0, Math.min(1, share)) * (TRACK - 6) * ratio;
      fill(x, top, floor, area!);
      fill(x, top, top + 1.5 * ratio, cap!);
    }
    const count = kept ? kept[2 * b]! - kept[2 * a]! : 0;
    if (count > 0) fill(x, 0, 4 * ratio, withAlpha(tick!, 0.35 + 0.65 * (count / (b - a))));
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
