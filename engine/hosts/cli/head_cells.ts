// Cells of one head, gathered from the engine's frames.
import type { Client } from '../../protocol/client.ts';
import { type Frame, frameDoubles, frameFloats } from '../../protocol/frame.ts';
import type { Pattern } from '../../protocol/pattern.ts';
import type { Rect } from '../../protocol/records.ts';

export interface HeadPlace {
  runId: string;
  layer: number;
  head: number;
  threads?: number;
}
export type Size = { width: number; height: number };
export type Aggregate = 'sum' | 'max' | 'mean';

function gatherer(length: number): { cells: Float32Array; onFrame: (frame: Frame) => void } {
  const cells = new Float32Array(length);
  let filled = 0;
  const onFrame = (frame: Frame) => {
    cells.set(frameFloats(frame), filled);
    filled += frame.rows * frame.columns;
  };
  return { cells, onFrame };
}

/** [height, width], row-major. */
export async function aggregatedCells(
  client: Client,
  place: HeadPlace,
  rect: Rect,
  size: Size,
  aggregate: Aggregate,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { cells, onFrame } = gatherer(size.width * size.height);
  await client.call('map.aggregate', { ...place, rect, size, aggregate }, { signal, onFrame });
  return cells;
}

/** The fraction of each cell that the pattern keeps, [height, width]. */
export async function keptCells(
  client: Client,
  place: HeadPlace,
  rect: Rect,
  size: Size,
  mask: { pattern: Pattern; compat: boolean },
  signal: AbortSignal,
): Promise<Float32Array> {
  const { cells, onFrame } = gatherer(size.width * size.height);
  await client.call('map.mask', { ...place, rect, size, ...mask }, { signal, onFrame });
  return cells;
}

/** Mass of every column and of every distance, [rows] each. */
export async function profiles(client: Client, place: HeadPlace, rows: number, signal: AbortSignal) {
  const masses = [new Float64Array(rows), new Float64Array(rows)] as const;
  const filled = [0, 0];
  const onFrame = (frame: Frame) => {
    const which = frame.key === 0 ? 0 : 1;
    masses[which].set(frameDoubles(frame), filled[which]);
    filled[which] = (filled[which] ?? 0) + frame.columns;
  };
  await client.call('map.profiles', place, { signal, onFrame });
  return { columns: masses[0], distances: masses[1] };
}

/** Probabilities of one row over keys [0, row]. */
export async function rowCells(client: Client, { runId, layer, head }: HeadPlace, row: number, signal: AbortSignal): Promise<Float32Array> {
  const { cells, onFrame } = gatherer(row + 1);
  await client.call('map.row', { runId, layer, head, row }, { signal, onFrame });
  return cells;
}

/** Logits of one row, [vocab]. */
export async function logitsOf(client: Client, runId: string, row: number, vocabSize: number, signal: AbortSignal): Promise<Float32Array> {
  const { cells, onFrame } = gatherer(vocabSize);
  await client.call('run.logits', { runId, begin: row, end: row + 1 }, { signal, onFrame });
  return cells;
}

/** As the rectangle is, at most `side` cells long. */
export function pictureSize([q0, q1, k0, k1]: Rect, side: number): Size {
  const shrink = Math.max(1, (q1 - q0) / side, (k1 - k0) / side);
  return { width: Math.max(1, Math.floor((k1 - k0) / shrink)), height: Math.max(1, Math.floor((q1 - q0) / shrink)) };
}
