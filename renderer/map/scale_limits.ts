// Where the colour scale begins and ends: the 1st and the 99.9th percentile of the whole head, in whole octaves that a legend can print.
import { type Aggregate, codeOctaves, type Tile } from '../tiles/tile.ts';
import { power } from '../ui/numbers.ts';
import type { Octaves } from './map_renderer.ts';

/** Octaves a ramp spans at most: below that a cell is a millionth of what is drawn fully. */
const WIDEST = 20;
const NARROWEST = 2;

/** How many causal cells of a tile have each code. */
export function codeHistogram(tile: Tile, aggregate: Aggregate): Uint32Array {
  const counts = new Uint32Array(256);
  const channel = aggregate === 'max' ? 0 : 1;
  for (let at = channel; at < tile.codes.length; at += 2) {
    const code = tile.codes[at]!;
    counts[code] = counts[code]! + 1;
  }
  return counts;
}

/** By `${aggregate} ${widest}`: every frame asks, and a tile does not change. */
const known = new WeakMap<Tile, Map<string, Octaves>>();

/** Of the pyramid's top tile, at most `widest` octaves apart. Without any mass: one octave below 1. */
export function topLimits(top: Tile, aggregate: Aggregate, widest = WIDEST): Octaves {
  const ofTile = known.get(top) ?? new Map<string, Octaves>();
  known.set(top, ofTile);
  const key = `${aggregate} ${widest}`;
  const limits = ofTile.get(key) ?? counted(top, aggregate, widest);
  ofTile.set(key, limits);
  return limits;
}

function counted(top: Tile, aggregate: Aggregate, widest: number): Octaves {
  const counts = codeHistogram(top, aggregate);
  let positive = 0;
  for (let code = 1; code < 256; code += 1) positive += counts[code]!;
  if (positive === 0) return { low: -1, high: 0 };
  const at = (share: number): number => {
    let seen = 0;
    for (let code = 1; code < 256; code += 1) {
      seen += counts[code]!;
      if (seen > share * positive) return codeOctaves(code, top.scale[aggregate]);
    }
    return top.scale[aggregate].high;
  };
  const high = Math.ceil(at(0.999) - 0.06) + 0;
  const low = Math.floor(at(0.01));
  return { low: Math.max(high - widest, Math.min(low, high - NARROWEST)), high };
}

/** The limits at a footprint: a largest value stays itself, a sum follows the cell's side (a line of mass through a cell twice as wide
 * holds twice as much). In whole octaves. */
export function limitsAt(top: Octaves, aggregate: Aggregate, topCellTokens: number, cellTokens: number): Octaves {
  if (aggregate === 'max') return top;
  const shift = Math.round(Math.log2(cellTokens / topCellTokens));
  return { low: top.low + shift, high: Math.min(top.high, top.high + shift) };
}

/** Octaves of the missed ramp: a cell that loses less than a thousandth of the worst one is the page. */
export const WIDEST_MISSED = 10;

/** Mass that float32 cannot tell from none in a row that sums to 1. */
const ROUNDING = -24;

/** A ramp of missed mass that shows no rounding: a head that loses nothing is the page, not its dust at full colour. */
export function aboveRounding({ low, high }: Octaves): Octaves {
  return { low: Math.max(low, ROUNDING), high: Math.max(high, ROUNDING + WIDEST_MISSED) };
}

/** '2⁻¹⁸' */
export const octaveText = (octave: number): string => power(2, Math.round(octave));
