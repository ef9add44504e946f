// What the demo asks the engine, through the protocol like every other command.
import { type HeadFeatures, headFeatures } from '../../../figures/telling_heads.ts';
import type { Client } from '../../../protocol/client.ts';
import { type Frame, frameDoubles, frameFloats } from '../../../protocol/frame.ts';
import type { Pattern } from '../../../protocol/pattern.ts';
import type { EvaluationResult, HeadScores, RunInfo } from '../../../protocol/records.ts';
import type { ProgressView } from '../progress.ts';

export interface Asking {
  client: Client;
  signal: AbortSignal;
  progress: ProgressView;
  threads: number;
}

/** Frames appended to an array made for them. */
function collect(into: Float32Array): (frame: Frame) => void {
  let filled = 0;
  return (frame) => {
    const cells = frameFloats(frame);
    into.set(cells, filled);
    filled += cells.length;
  };
}

/** [vocab] logits of the last token. */
export async function lastLogits({ client, signal }: Asking, run: RunInfo): Promise<Float32Array> {
  const logits = new Float32Array(run.vocabSize ?? 0);
  await client.call('run.logits', { runId: run.runId, begin: run.rows - 1, end: run.rows }, { signal, onFrame: collect(logits) });
  return logits;
}

export interface MeasuredHead {
  scores: HeadScores;
  evaluation: EvaluationResult;
  features: HeadFeatures;
}

/** Each head's deployed pattern against the dense run, and where its attention lies. */
export async function measureHeads(
  asking: Asking,
  run: RunInfo,
  found: readonly HeadScores[],
  scoredFrom: number,
): Promise<MeasuredHead[]> {
  const { client, signal, progress, threads } = asking;
  const measured: MeasuredHead[] = [];
  const { ids } = await client.call('run.tokens', { runId: run.runId, begin: 0, end: run.rows }, { signal });
  for (const scores of found) {
    const { layer, head, deployed } = scores;
    progress.show('measure', { done: measured.length, total: found.length, unit: 'head', note: `layer ${layer}, head ${head}` });
    const place = { runId: run.runId, layer, head };
    const evaluation = await client.call('pattern.evaluate', { ...place, pattern: deployed, fromRow: scoredFrom, threads }, { signal });
    const profiles = { columns: new Float64Array(run.rows), distances: new Float64Array(run.rows) };
    const filled = { columns: 0, distances: 0 };
    const onFrame = (frame: Frame) => {
      const which = frame.key === 0 ? 'columns' : 'distances';
      const values = frameDoubles(frame);
      profiles[which].set(values, filled[which]);
      filled[which] += values.length;
    };
    await client.call('map.profiles', { ...place, threads }, { signal, onFrame });
    const lastRow = new Float32Array(run.rows);
    await client.call('map.row', { ...place, row: run.rows - 1 }, { signal, onFrame: collect(lastRow) });
    const recall = evaluation.recall.fromRow?.mean ?? evaluation.recall.mean;
    const known = { layer, head, missed: 1 - recall, density: evaluation.density.executed };
    measured.push({ scores, evaluation, features: headFeatures(known, ids, profiles.columns, profiles.distances, lastRow) });
  }
  progress.clear();
  return measured;
}

export interface MeasuredMap {
  cells: Float32Array;
  kept: Float32Array;
  width: number;
  height: number;
  rect: [number, number, number, number];
  aggregate: 'max';
}

/** The whole head in at most side x side cells, and what the pattern keeps of each. */
export async function measureMap(
  asking: Asking,
  run: RunInfo,
  layer: number,
  head: number,
  pattern: Pattern,
  side: number,
): Promise<MeasuredMap> {
  const { client, signal, threads } = asking;
  const width = Math.min(side, run.rows);
  const size = { width, height: width };
  const rect: [number, number, number, number] = [0, run.rows, 0, run.rows];
  const place = { runId: run.runId, layer, head, rect, size, threads };
  const cells = new Float32Array(width * width);
  const kept = new Float32Array(width * width);
  await client.call('map.aggregate', { ...place, aggregate: 'max' }, { signal, onFrame: collect(cells) });
  await client.call('map.mask', { ...place, pattern }, { signal, onFrame: collect(kept) });
  return { cells, kept, ...size, rect, aggregate: 'max' };
}
