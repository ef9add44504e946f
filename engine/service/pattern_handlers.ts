// Masks of a head and their figures: index, evaluation, recall surface.
import type { Evaluation, NativeIndex } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { EvaluationResult, IndexResult } from '../protocol/records.ts';
import type { Handlers, RequestContext } from '../protocol/server.ts';
import type { EngineState, LayerTask } from './engine_state.ts';
import { bytesOf } from './frames.ts';
import { median } from './median.ts';
import { clampNotes, nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';
import { sendRanks } from './rank_frames.ts';
import { surfaceEstimator, surfaceRequest, surfaceResult } from './surface_tables.ts';

/** Rows of `last64`. */
const TAIL = 64;

function checkCompat(pattern: Pattern, compat: boolean | undefined): boolean {
  if (compat && pattern.kind !== 'vertical_slash') {
    throw new HeadscopeError(
      'INVALID_REQUEST',
      `compat is MInference's conversion of vertical_slash; it means nothing for ${pattern.kind}.`,
    );
  }
  return compat ?? false;
}

function slices(values: Int32Array, starts: Float64Array): number[][] {
  const rows: number[][] = [];
  for (let row = 0; row + 1 < starts.length; row += 1) rows.push([...values.subarray(starts[row], starts[row + 1])]);
  return rows;
}

function indexResult(index: NativeIndex, notes: string[]): IndexResult {
  const ranges = index.rangeStart && index.rangeKeys ? slices(index.rangeKeys, index.rangeStart) : undefined;
  const singles = index.columnStart && index.compatColumns ? slices(index.compatColumns, index.columnStart) : undefined;
  return {
    ...(index.columns ? { columns: [...index.columns] } : {}),
    ...(index.distances ? { distances: [...index.distances] } : {}),
    ...(index.blockSize !== undefined && index.rowStart && index.rowBlocks
      ? { blockSize: index.blockSize, rows: slices(index.rowBlocks, index.rowStart) }
      : {}),
    ...(ranges && singles ? { compat: { rows: ranges.map((starts, tile) => ({ ranges: starts, columns: singles[tile] ?? [] })) } } : {}),
    executedTiles: [...index.executedTiles],
    causalTiles: [...index.causalTiles],
    effective: index.effective,
    bytes: index.bytes,
    estimateMs: index.estimateMs,
    indexMs: index.indexMs,
    notes,
  };
}

/** Bands of rows that missed columns are summed in, and the most cells of all of them. */
const BANDS = 64;
const CELLS_OF_BANDS = 4e6;

/** The number of frames. */
async function sendLine(values: Float32Array, context: RequestContext): Promise<number> {
  const step = MAX_FRAME_BYTES / 4;
  let frames = 0;
  for (let begin = 0; begin < values.length; begin += step) {
    const part = values.subarray(begin, begin + step);
    await context.frame({ key: 0, dtype: 'f32', planes: 1, rows: 1, columns: part.length, scale: [], payload: bytesOf(part) });
    frames += 1;
  }
  return frames;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

export function patternHandlers(engine: EngineState): Pick<Handlers, Extract<keyof Handlers, `pattern.${string}`>> {
  const place = (
    { runId, layer, head, threads }: { runId: string; layer: number; head: number; threads?: number | undefined },
    context: RequestContext,
  ): LayerTask => ({ owner: context.owner, runId, layer, head, threads, urgency: 'figures', signal: context.signal });

  return {
    'pattern.index': (params, context) => {
      const { rows } = engine.run(context.owner, params.runId).info;
      const pattern = nativePattern(params.pattern);
      const compat = checkCompat(params.pattern, params.compat);
      return engine.withLayer(place(params, context), async (layer, _entry, threads) =>
        indexResult(await awaitJob(layer.index(params.head, pattern, compat, threads), context.signal), clampNotes(params.pattern, rows)),
      );
    },

    'pattern.evaluate': async (params, context): Promise<EvaluationResult> => {
      const pattern = nativePattern(params.pattern);
      const compat = checkCompat(params.pattern, params.compat);
      const { rows } = engine.run(context.owner, params.runId).info;
      const { fromRow } = params;
      if (fromRow !== undefined && fromRow >= rows) {
        throw new HeadscopeError('INVALID_REQUEST', `There is no row ${fromRow}; the run has ${rows}.`, { fromRow, rows });
      }
      // A turn at the machine each, so that whoever looks at a map is served in between.
      const calls: Evaluation[] = [];
      const repeats = params.repeats ?? 1;
      do {
        const before = calls.length * rows;
        const onProgress = (done: number, total: number, note: string) =>
          context.progress({ done: before + (done / Math.max(1, total)) * rows, total: repeats * rows, unit: 'row', note });
        calls.push(
          await engine.withLayer(place(params, context), (layer, _entry, threads) =>
            awaitJob(layer.evaluate(params.head, pattern, compat, threads, onProgress), context.signal),
          ),
        );
      } while (calls.length < repeats);
      const [found] = calls;
      if (!found) throw new RangeError('no evaluation');
      const recall = found.rowRecall;
      return {
        recall: {
          mean: mean(recall),
          min: recall.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
          last64: mean(recall.subarray(Math.max(0, rows - TAIL))),
          fromRow: fromRow === undefined ? null : { row: fromRow, mean: mean(recall.subarray(fromRow)) },
        },
        output: {
          relL2: Number.isFinite(found.outputRelL2) ? found.outputRelL2 : null,
          maxAbs: Number.isFinite(found.outputMaxAbs) ? found.outputMaxAbs : null,
        },
        density: { nominal: found.nominalCells / found.causalCells, executed: found.executedTiles / found.causalTiles },
        index: { columns: found.columns, distances: found.distances, blocks: found.blocks, bytes: found.indexBytes },
        tiles: { executed: found.executedTiles, causal: found.causalTiles },
        elapsedMs: median(calls.map(({ elapsedMs }) => elapsedMs)),
        denseMs: median(calls.map(({ denseMs }) => denseMs)),
        repeats: calls.length,
        threads: engine.threads(params.threads),
        effective: found.effective,
        notes: clampNotes(params.pattern, rows),
      };
    },

    'pattern.rows': async (params, context) => {
      const pattern = nativePattern(params.pattern);
      const { rowRecall } = await engine.withLayer(place(params, context), (layer, _entry, threads) =>
        awaitJob(layer.measure(params.head, pattern, false, threads), context.signal),
      );
      return { frames: await sendLine(rowRecall, context), rows: 1, columns: rowRecall.length };
    },

    'pattern.columns': async (params, context) => {
      const { rows } = engine.run(context.owner, params.runId).info;
      const pattern = nativePattern(params.pattern);
      // In bands of rows: one a thread has something to do, and sums of float32 stay short.
      const bands = Math.max(1, Math.min(rows, BANDS, Math.floor(CELLS_OF_BANDS / rows)));
      const [max, sum] = [new Float32Array(bands * rows), new Float32Array(bands * rows)];
      await engine.withLayer(place(params, context), (layer, _entry, threads) =>
        awaitJob(layer.planes(params.head, pattern, [0, rows, 0, rows], rows, bands, max, sum, threads), context.signal),
      );
      const columns = new Float64Array(rows);
      for (let band = 0; band < bands; band += 1)
        for (let k = 0; k < rows; k += 1) columns[k] = (columns[k] ?? 0) + (sum[band * rows + k] ?? 0);
      return { frames: await sendLine(Float32Array.from(columns), context), rows: 1, columns: rows };
    },

    'pattern.ranks': (params, context) => sendRanks(engine, params, context),

    'pattern.surface': async (params, context) => {
      const { rows } = engine.run(context.owner, params.runId).info;
      const request = surfaceRequest(params.kind, params.head, rows);
      const found = await engine.withLayer(place(params, context), (layer, _entry, threads) => {
        const onProgress = (done: number, total: number, note: string) => context.progress({ done, total, unit: 'row', note });
        return awaitJob(layer.surface(request, threads, onProgress), context.signal);
      });
      return { ...surfaceResult(request, found, rows), estimator: surfaceEstimator(params.kind) };
    },
  };
}
