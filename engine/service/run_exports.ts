// What a run holds, as .npy files (NumPy format 1.0, little-endian float32), written piece by piece.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeRun } from '../native/addon.ts';
import { throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { RequestContext } from '../protocol/server.ts';
import { writeError } from '../runs/atomic_file.ts';
import { NpyWriter } from '../runs/npy.ts';
import type { EngineState } from './engine_state.ts';
import { writablePath } from './host_policy.ts';
import { awaitJob } from './native_queue.ts';
import type { RunEntry } from './run_entry.ts';

type Written = Result<'run.exports'>['files'][number];
/** Floats of one piece of logits: 64 MiB. */
const LOGITS_A_TURN = 1 << 24;

export function nativeRun(entry: RunEntry): NativeRun {
  if (entry.native) return entry.native;
  throw new HeadscopeError('INVALID_REQUEST', 'A capture has q, k and v only: no logits, hidden states or LSE of a prefill.');
}

/** Writes `pieces` as one array; nothing remains where one of them fails. */
async function writeArray(path: string, shape: number[], pieces: AsyncIterable<Float32Array>): Promise<Written> {
  const file = await NpyWriter.create(path, 'f4', shape);
  try {
    for await (const piece of pieces) await file.write(piece);
    await file.commit();
  } finally {
    await file.discard();
  }
  return { path, dtype: 'float32', shape };
}

/** Logits of rows [begin, end) in pieces of whole rows. */
export async function* logitsPieces(
  engine: EngineState,
  entry: RunEntry,
  begin: number,
  end: number,
  threads: number,
  context: RequestContext,
): AsyncGenerator<Float32Array> {
  const run = nativeRun(entry);
  const vocab = entry.info.vocabSize ?? 0;
  const rows = Math.max(1, Math.floor(LOGITS_A_TURN / vocab));
  for (let row = begin; row < end; row += rows) {
    const stop = Math.min(end, row + rows);
    const into = new Float32Array((stop - row) * vocab);
    await engine.queue.run('batch', context.signal, () => {
      if (entry.closed) throw new HeadscopeError('RUN_NOT_FOUND', `Run ${entry.info.runId} was closed.`);
      return awaitJob(run.logits(row, stop, into, threads), context.signal);
    });
    context.progress({ done: stop - begin, total: end - begin, unit: 'row', note: 'logits' });
    yield into;
  }
}

async function* perLayer(
  count: number,
  length: number,
  fill: (layer: number, into: Float32Array) => void,
  context: RequestContext,
  note: string,
) {
  for (let layer = 0; layer < count; layer += 1) {
    throwIfCancelled(context.signal);
    const into = new Float32Array(length);
    fill(layer, into);
    context.progress({ done: layer + 1, total: count, unit: 'layer', note });
    yield into;
  }
}

async function* once(values: Float32Array) {
  yield values;
}

async function writeLayers(engine: EngineState, entry: RunEntry, folder: string, params: Params<'run.exports'>, context: RequestContext) {
  const { rows, heads, kvHeads, headDim, layersPresent, runId } = entry.info;
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw writeError(error, folder);
  });
  const files: Written[] = [];
  for (const layer of layersPresent) {
    const place = { owner: context.owner, runId, layer, threads: params.threads, urgency: 'batch', signal: context.signal } as const;
    for (const which of ['q', 'k', 'v'] as const) {
      const width = which === 'q' ? heads : kvHeads;
      const values = await engine.withLayer(place, async (native) => {
        const into = new Float32Array(width * rows * headDim);
        native.copy(which, into);
        return into;
      });
      const path = join(folder, `layer-${String(layer).padStart(2, '0')}.${which}.npy`);
      files.push(await writeArray(path, [width, rows, headDim], once(values)));
    }
    context.progress({ done: files.length / 3, total: layersPresent.length, unit: 'layer', note: 'q, k, v' });
  }
  return files;
}

/** Every asked file in turn. Throws FILE_WRITE_FAILED, INVALID_REQUEST for what the run did not keep. */
export async function exportRun(
  engine: EngineState,
  params: Params<'run.exports'>,
  context: RequestContext<'run.exports'>,
): Promise<Result<'run.exports'>> {
  const entry = engine.run(context.owner, params.runId);
  const { rows, layers, heads, vocabSize } = entry.info;
  const files: Written[] = [];
  const path = (asked: string) => writablePath(engine.policy, asked);
  if (params.logits) {
    const { last } = params.logits;
    nativeRun(entry);
    const pieces = logitsPieces(engine, entry, last ? rows - 1 : 0, rows, engine.threads(params.threads), context);
    files.push(await writeArray(path(params.logits.path), last ? [vocabSize ?? 0] : [rows, vocabSize ?? 0], pieces));
  }
  if (params.lse !== undefined) {
    const run = nativeRun(entry);
    const pieces = perLayer(layers, heads * rows, (layer, into) => run.copyLse(layer, into), context, 'LSE');
    files.push(await writeArray(path(params.lse), [layers, heads, rows], pieces));
  }
  if (params.hidden !== undefined) {
    const run = nativeRun(entry);
    const width = entry.lease?.checkpoint.config.hiddenSize ?? 0;
    const pieces = perLayer(layers + 1, rows * width, (layer, into) => run.copyLayerInput(layer, into), context, 'hidden states');
    files.push(await writeArray(path(params.hidden), [layers + 1, rows, width], pieces));
  }
  if (params.qkv !== undefined) files.push(...(await writeLayers(engine, entry, path(params.qkv), params, context)));
  return { files };
}
