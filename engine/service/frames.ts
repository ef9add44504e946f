// Cells on their way to a client: whole rows in frames of at most 1 MiB, and the u8 tile.

import { HeadscopeError } from '../protocol/errors.ts';
import { type PlaneScale, roundOctaves } from '../protocol/frame.ts';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import type { RequestContext } from '../protocol/server.ts';

const FLOATS_A_FRAME = MAX_FRAME_BYTES / 4;
/** Octaves below a plane's largest value that a tile tells apart: 254 steps of about 7 %. */
const TILE_OCTAVES = 24;

export function bytesOf(cells: Float32Array | Float64Array | Int32Array): Uint8Array {
  return new Uint8Array(cells.buffer, cells.byteOffset, cells.byteLength);
}

/** Rows that fit one frame. Throws LIMIT_EXCEEDED where not even one does. */
export function rowsAFrame(columns: number): number {
  if (columns > FLOATS_A_FRAME) {
    throw new HeadscopeError('LIMIT_EXCEEDED', `A frame holds ${FLOATS_A_FRAME} columns; ask for ${columns} in several rectangles.`, {
      columns,
    });
  }
  return Math.floor(FLOATS_A_FRAME / columns);
}

/** Sends [rows, columns] cells in row blocks, keys counting on from `key`; returns the frames sent. */
export async function sendRows(context: RequestContext, cells: Float32Array, columns: number, key: number): Promise<number> {
  const block = rowsAFrame(columns);
  const rows = cells.length / columns;
  let sent = 0;
  for (let row = 0; row < rows; row += block) {
    const count = Math.min(block, rows - row);
    const payload = bytesOf(cells.subarray(row * columns, (row + count) * columns));
    await context.frame({ key: key + sent, dtype: 'f32', planes: 1, rows: count, columns, scale: [], payload });
    sent += 1;
  }
  return sent;
}

/** Cells as codes: 0 without mass, 1 .. 255 log-spaced over the plane's range, the last below its largest value. */
export function quantisePlane(cells: Float32Array, codes: Uint8Array): PlaneScale {
  let largest = 0;
  for (const cell of cells) if (cell > largest) largest = cell;
  const high = largest > 0 ? roundOctaves(Math.log2(largest) + 1 / 512) : 0;
  const scale = { low: roundOctaves(high - TILE_OCTAVES), high };
  const steps = 254 / (scale.high - scale.low);
  cells.forEach((cell, place) => {
    if (!(cell > 0)) codes[place] = 0;
    else codes[place] = Math.min(255, Math.max(1, 1 + Math.round((Math.log2(cell) - scale.low) * steps)));
  });
  return scale;
}
