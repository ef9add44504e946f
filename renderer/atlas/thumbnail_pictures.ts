// From a head's overview (256 x 256 bins, largest and summed attention) to a small picture. Grey is attention, warm is the part of
// its mass that the pattern leaves out: a cell's mass times the fraction of the cell outside the mask, so an estimate inside a cell.
import { colourAt, colourTable, mix, type ThemeName, VOID } from '../ui/colour_maps.ts';

/** Cells along a thumbnail's side. */
export const THUMBNAIL_CELLS = 128;

/** Attention as codes on a log scale: 0 is nothing, 1 and 255 stand for 2 ** low and 2 ** high. */
export interface CodedPlane {
  codes: Uint8Array;
  low: number;
  high: number;
}

const side = THUMBNAIL_CELLS;

/** Halves each side of a square plane by the largest, or by the sum of two columns averaged over two rows. */
export function halvePlane(plane: Float32Array, from: number, combine: 'max' | 'mass'): Float32Array {
  const to = from / 2;
  const out = new Float32Array(to * to);
  for (let row = 0; row < to; row += 1) {
    for (let column = 0; column < to; column += 1) {
      const at = 2 * row * from + 2 * column;
      const [a, b, c, d] = [plane[at] ?? 0, plane[at + 1] ?? 0, plane[at + from] ?? 0, plane[at + from + 1] ?? 0];
      out[row * to + column] = combine === 'max' ? Math.max(a, b, c, d) : (a + b + c + d) / 2;
    }
  }
  return out;
}

/** Codes between the 1st and the 99.9th percentile of the cells that hold something. */
export function codePlane(plane: Float32Array): CodedPlane {
  const logs: number[] = [];
  for (const value of plane) if (value > 0) logs.push(Math.log2(value));
  logs.sort((a, b) => a - b);
  const low = logs[Math.floor(0.01 * (logs.length - 1))] ?? -18;
  const high = Math.max(low + 1, logs[Math.ceil(0.999 * (logs.length - 1))] ?? 0);
  const codes = new Uint8Array(plane.length);
  for (const [at, value] of plane.entries()) {
    if (value > 0) codes[at] = 1 + Math.round(254 * Math.min(1, Math.max(0, (Math.log2(value) - low) / (high - low))));
  }
  return { codes, low, high };
}

/** Octaves of mean mass a row that a cell loses: where warm begins and where it is full. */
const MISSED_LOW = -10;
const MISSED_HIGH = -4;

/** Codes of the mass a pattern leaves out, on that fixed scale so that heads compare. `kept` holds fractions, NaN above the diagonal. */
export function codeMissed(mass: Float32Array, kept: Float32Array): Uint8Array {
  const codes = new Uint8Array(mass.length);
  for (const [at, value] of mass.entries()) {
    const fraction = kept[at] ?? Number.NaN;
    const lost = Number.isNaN(fraction) ? 0 : value * (1 - fraction);
    if (lost > 0) codes[at] = Math.round(255 * Math.min(1, Math.max(0, (Math.log2(lost) - MISSED_LOW) / (MISSED_HIGH - MISSED_LOW))));
  }
  return codes;
}

/** RGBA, THUMBNAIL_CELLS squared. Without `missed` the picture is attention alone, in its own colours. */
export function paintThumbnail(attention: CodedPlane, missed: Uint8Array | null, theme: ThemeName): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * side * side);
  const base = colourTable(missed ? 'attentionGrey' : 'attention', theme);
  const warm = colourTable('missed', theme);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      const at = row * side + column;
      let colour = column > row ? VOID[theme] : colourAt(base, (attention.codes[at] ?? 0) / 255);
      const lost = column > row ? 0 : (missed?.[at] ?? 0) / 255;
      if (lost > 0.04) colour = mix(colour, colourAt(warm, 0.2 + 0.7 * lost), Math.min(1, 0.1 + 1.3 * lost));
      out[4 * at] = colour[0];
      out[4 * at + 1] = colour[1];
      out[4 * at + 2] = colour[2];
      out[4 * at + 3] = 255;
    }
  }
  return out;
}
