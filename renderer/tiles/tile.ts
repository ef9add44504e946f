// What a tile holds: codes of two planes side by side, ready to be a two-channel texture, and what the codes stand for.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { type Frame, type PlaneScale, roundOctaves } from '../../engine/protocol/frame.ts';
import type { Rect } from '../../engine/protocol/records.ts';

export const AGGREGATES = ['max', 'sum'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export interface Tile {
  /** Tokens covered: [q0, q1, k0, k1). */
  rect: Rect;
  rows: number;
  columns: number;
  /** [rows, columns, 2]: max and sum codes as in engine/protocol/frame.ts. */
  codes: Uint8Array;
  scale: Readonly<Record<Aggregate, PlaneScale>>;
}

/** What a code stands for: log2 of the value; code 0 is -Infinity, a cell without mass. */
export function codeOctaves(code: number, { low, high }: PlaneScale): number {
  return code === 0 ? -Infinity : low + ((code - 1) / 254) * (high - low);
}

/** The code of a tile's cell under a token position inside its rectangle. */
export function codeAt(tile: Tile, q: number, k: number, aggregate: Aggregate): number {
  const [q0, q1, k0, k1] = tile.rect;
  const y = cellOf(q - q0, q1 - q0, tile.rows);
  const x = cellOf(k - k0, k1 - k0, tile.columns);
  return tile.codes[(y * tile.columns + x) * 2 + (aggregate === 'max' ? 0 : 1)] ?? 0;
}

/** Cell c of n covers tokens [floor(c length / n), floor((c + 1) length / n)). */
export function cellOf(token: number, length: number, cells: number): number {
  const cell = Math.floor(((Math.floor(token) + 1) * cells - 1) / length);
  return Math.min(cells - 1, Math.max(0, cell));
}

/** The engine's u8 frame as a tile. Throws PROTOCOL_MISMATCH for a frame of another shape. */
export function tileFromFrame(frame: Frame, rect: Rect): Tile {
  const [max, sum] = frame.scale;
  if (frame.dtype !== 'u8' || frame.planes !== 2 || !max || !sum) {
    throw new HeadscopeError('PROTOCOL_MISMATCH', `A tile came as ${frame.planes} planes of ${frame.dtype}; two of u8 were expected.`);
  }
  const cells = frame.rows * frame.columns;
  const codes = new Uint8Array(2 * cells);
  for (let cell = 0; cell < cells; cell += 1) {
    codes[2 * cell] = frame.payload[cell] ?? 0;
    codes[2 * cell + 1] = frame.payload[cells + cell] ?? 0;
  }
  return { rect, rows: frame.rows, columns: frame.columns, codes, scale: { max, sum } };
}

/** Octaves below a plane's largest value that codes tell apart, as the engine's own tiles. */
const OCTAVES = 24;

function quantise(cells: Float32Array, codes: Uint8Array, channel: number): PlaneScale {
  let largest = 0;
  for (const cell of cells) if (cell > largest) largest = cell;
  const high = largest > 0 ? roundOctaves(Math.log2(largest) + 1 / 512) : 0;
  const scale = { low: roundOctaves(high - OCTAVES), high };
  const steps = 254 / (scale.high - scale.low);
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] ?? 0;
    codes[2 * at + channel] = cell > 0 ? Math.min(255, Math.max(1, 1 + Math.round((Math.log2(cell) - scale.low) * steps))) : 0;
  }
  return scale;
}

/** A head's overview, planes max and sum of [side, side] float32 cells over the whole matrix, as the pyramid's top tile. */
export function tileFromOverview(planes: Float32Array, side: number, tokens: number): Tile {
  const cells = side * side;
  if (planes.length !== 2 * cells)
    throw new HeadscopeError('PROTOCOL_MISMATCH', `An overview came with ${planes.length} cells, not ${2 * cells}.`);
  const codes = new Uint8Array(2 * cells);
  const max = quantise(planes.subarray(0, cells), codes, 0);
  const sum = quantise(planes.subarray(cells), codes, 1);
  return { rect: [0, tokens, 0, tokens], rows: side, columns: side, codes, scale: { max, sum } };
}
