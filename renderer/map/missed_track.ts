// The track left of the picture: how much of its mass each row loses, growing leftwards. Rows that share a pixel are drawn by their
// mean and their largest; until the rows are there, the bands of the surface stand in and the axis says so.
import { blended, packedColour } from './map_ink.ts';
import { TRACK } from './map_layout.ts';
import type { OverlayScene } from './overlay.ts';

export interface RowBand {
  /** Rows [from, to). */
  from: number;
  to: number;
  missed: number;
}

export interface MissedTrack {
  /** Of every row, exact; null: not counted. */
  rows: Float32Array | null;
  bands: readonly RowBand[];
  /** Rows before it are not scored; null: all are, or it is not known. */
  scoredFrom: number | null;
}

/** What an axis may end at. */
const ENDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
/** Ink of rows that are not scored. */
const FADED = 0.4;
/** Rows in a thousand that may lie beyond the axis: their end is marked. */
const BEYOND = 5;

/** Sorting the rows is not for every frame. */
const reaches = new WeakMap<Float32Array, { scoredFrom: number; reach: number }>();

/** What all but half a percent of the scored rows stay below. */
function reachOf(rows: Float32Array, scoredFrom: number): number {
  const known = reaches.get(rows);
  if (known?.scoredFrom === scoredFrom) return known.reach;
  const scored = rows.slice(Math.min(scoredFrom, Math.max(0, rows.length - 1))).sort();
  const reach = scored[Math.floor(((1000 - BEYOND) * (scored.length - 1)) / 1000)] ?? 0;
  reaches.set(rows, { scoredFrom, reach });
  return reach;
}

/** The axis' end: the least round share that all but half a percent of the rows stay below. */
export function missedEnd({ rows, bands, scoredFrom }: MissedTrack): number {
  const reach = rows ? reachOf(rows, scoredFrom ?? 0) : Math.max(0, ...bands.map(({ missed }) => missed));
  return ENDS.find((end) => end >= reach) ?? 1;
}

/** Mean and largest of rows [a, b). */
export function meanAndMax(rows: Float32Array, a: number, b: number): { mean: number; max: number } {
  let sum = 0;
  let max = 0;
  for (let row = a; row < b; row += 1) {
    const missed = rows[row] ?? 0;
    sum += missed;
    if (missed > max) max = missed;
  }
  return { mean: b > a ? sum / (b - a) : 0, max };
}

/** Painted as pixels: rectangles a row would take the graphics longer than the picture itself. */
export function drawMissedTrack(g: CanvasRenderingContext2D, scene: OverlayScene, track: MissedTrack, end: number): void {
  const { layout, view, ink, tokens } = scene;
  const ratio = window.devicePixelRatio;
  const width = Math.max(1, Math.round(TRACK * ratio));
  const height = Math.max(1, Math.round(layout.side * ratio));
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [trough = 0, area = 0, edge = 0, dash = 0] = [ink.sunken, ink.missSoft, ink.missFill, ink.control].map(packedColour);
  const page = packedColour(ink.surface);
  const ground = blended(page, trough, 0.5);
  pixels.fill(page);
  const perPixel = (view.q1 - view.q0) / height;
  const cut = track.scoredFrom === null ? -1 : Math.round((track.scoredFrom - view.q0) / perPixel);
  const line = Math.max(1, Math.round(1.5 * ratio));
  for (let y = 0; y < height; y += 1) {
    const a = Math.max(0, Math.floor(view.q0 + y * perPixel));
    const b = Math.min(tokens, Math.max(a + 1, Math.floor(view.q0 + (y + 1) * perPixel)));
    if (a >= tokens) break;
    const row = y * width;
    pixels.fill(ground, row, row + width);
    const found = track.rows ? meanAndMax(track.rows, a, b) : bandAt(track.bands, a);
    if (found) {
      const alpha = y < cut ? FADED : 1;
      const place = (missed: number) => Math.round((1 - Math.min(1, missed / end)) * width);
      pixels.fill(blended(ground, area, alpha), row + place(found.max), row + width);
      if (found.mean > 0)
        pixels.fill(blended(ground, edge, alpha), row + place(found.mean), row + Math.min(width, place(found.mean) + line));
      // Beyond the axis: a mark at its end in place of a bar that would lie.
      if (found.max > end) pixels.fill(blended(ground, edge, alpha), row, row + 2 * line);
    }
    if (y === cut) for (let x = 0; x < width; x += 1) if (x % (4 * line) < 2 * line) pixels[row + x] = dash;
  }
  const { e, f } = g.getTransform();
  g.putImageData(image, Math.round((layout.x - 4 - TRACK) * ratio + e), Math.round(layout.y * ratio + f));
}

function bandAt(bands: readonly RowBand[], row: number): { mean: number; max: number } | null {
  const band = bands.find(({ from, to }) => row >= from && row < to);
  return band ? { mean: band.missed, max: band.missed } : null;
}

/** '20 %' */
const share = (end: number) => `${Number((100 * end).toPrecision(2))} %`;

/** Above the track: its name, '≈' while it is an estimate, and where its axis ends. */
export function drawMissedAxis(g: CanvasRenderingContext2D, { layout, ink }: OverlayScene, track: MissedTrack, end: number): void {
  if (!track.rows && track.bands.length === 0) return;
  const right = layout.x - 4;
  g.save();
  g.font = `11px ${ink.uiFont}`;
  g.fillStyle = ink.text3;
  g.textBaseline = 'alphabetic';
  g.textAlign = 'right';
  g.fillText(`${track.rows ? '' : '≈ '}missed ↓`, right - 2, layout.y - 19);
  g.textAlign = 'left';
  g.fillText(share(end), right - TRACK, layout.y - 5);
  g.restore();
}
