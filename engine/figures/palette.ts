// At most 256 colours that stand for all of a picture's, so that its file holds one byte a pixel.
import type { Rgb } from './raster.ts';

export const PALETTE_SIZE = 256;

interface Counted {
  colour: Rgb;
  pixels: number;
}

export interface Indexed {
  palette: Rgb[];
  /** One a pixel. */
  indices: Uint8Array;
  /** How many colours the picture has; beyond PALETTE_SIZE some are not in the palette. */
  colours: number;
}

/** rgba: opaque pixels. Exact for up to 256 colours; beyond that every pixel takes the palette's nearest (median cut, Heckbert 1982). */
export function indexed(rgba: Uint8Array): Indexed {
  const pixels = rgba.length / 4;
  const codes = new Uint32Array(pixels);
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels; at += 1) {
    const code = ((rgba[4 * at] ?? 0) << 16) | ((rgba[4 * at + 1] ?? 0) << 8) | (rgba[4 * at + 2] ?? 0);
    codes[at] = code;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const colours = [...counts].sort(([a], [b]) => a - b).map(([code, count]): Counted => ({ colour: colourOf(code), pixels: count }));
  const palette = colours.length <= PALETTE_SIZE ? colours.map(({ colour }) => colour) : cut(colours);
  palette.sort((a, b) => brightness(a) - brightness(b) || codeOf(a) - codeOf(b));
  const places = new Map(colours.map(({ colour }) => [codeOf(colour), nearest(palette, colour)]));
  return { palette, indices: Uint8Array.from(codes, (code) => places.get(code) ?? 0), colours: colours.length };
}

const colourOf = (code: number): Rgb => [code >> 16, (code >> 8) & 255, code & 255];
const codeOf = ([r, g, b]: Rgb) => (r << 16) | (g << 8) | b;
const brightness = ([r, g, b]: Rgb) => 2 * r + 5 * g + b;

function nearest(palette: readonly Rgb[], colour: Rgb): number {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  palette.forEach(([r, g, b], at) => {
    const distance = (r - colour[0]) ** 2 + (g - colour[1]) ** 2 + (b - colour[2]) ** 2;
    if (distance < least) [best, least] = [at, distance];
  });
  return best;
}

interface Box {
  colours: Counted[];
  axis: number;
  mean: number;
  /** What is gained by splitting it: its squared deviations along `axis`. */
  spread: number;
}

/** The root keeps thin things, such as text, from drowning in large areas. */
const weightOf = ({ pixels }: Counted) => Math.sqrt(pixels);

function boxOf(colours: Counted[]): Box {
  const weight = colours.reduce((sum, counted) => sum + weightOf(counted), 0);
  const along = [0, 1, 2].map((axis) => {
    const value = ({ colour }: Counted) => colour[axis] ?? 0;
    const mean = colours.reduce((sum, counted) => sum + weightOf(counted) * value(counted), 0) / weight;
    const spread = colours.reduce((sum, counted) => sum + weightOf(counted) * (value(counted) - mean) ** 2, 0);
    return { axis, mean, spread };
  });
  return { colours, ...along.reduce((a, b) => (b.spread > a.spread ? b : a)) };
}

function cut(colours: Counted[]): Rgb[] {
  const boxes = [boxOf(colours)];
  while (boxes.length < PALETTE_SIZE) {
    const widest = boxes.reduce((best, box, at) => (box.spread > (boxes[best]?.spread ?? 0) ? at : best), 0);
    const [box] = boxes.splice(widest, 1);
    if (!box) break;
    const below = ({ colour }: Counted) => (colour[box.axis] ?? 0) <= box.mean;
    boxes.push(boxOf(box.colours.filter(below)), boxOf(box.colours.filter((counted) => !below(counted))));
  }
  return boxes.map((box) => representative(box.colours));
}

/** A colour that makes up half of its box stays as it is: the page stays the page. Else the mean. */
function representative(colours: readonly Counted[]): Rgb {
  const total = colours.reduce((sum, { pixels }) => sum + pixels, 0);
  const most = colours.reduce((a, b) => (b.pixels > a.pixels ? b : a));
  if (2 * most.pixels >= total) return most.colour;
  const mean = (channel: 0 | 1 | 2) => Math.round(colours.reduce((sum, { colour, pixels }) => sum + pixels * colour[channel], 0) / total);
  return [mean(0), mean(1), mean(2)];
}
