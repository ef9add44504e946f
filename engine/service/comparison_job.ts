// run.compare: a run's prompt through its model twice, dense and under a config, so that the two differ in attention alone.
import type { NativePattern, NativeRun } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { RequestContext } from '../protocol/server.ts';
import { nativePatterns } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import { logitsDifference } from './logits_difference.ts';
import type { ModelLease } from './model_registry.ts';
import { awaitJob } from './native_queue.ts';
import { settlePlan } from './prefill_plan.ts';

/** The runs keep nothing but their last row. */
const KEPT = { keepLayerInputs: false, keepOverviews: false, keepLse: false };

interface Pass {
  note: 'dense' | 'sparse';
  patterns: NativePattern[][] | undefined;
}

export async function compareRuns(
  engine: EngineState,
  params: Params<'run.compare'>,
  context: RequestContext<'run.compare'>,
): Promise<Result<'run.compare'>> {
  const { lease, tokens, info } = engine.run(context.owner, params.runId);
  if (!lease || !tokens) throw new HeadscopeError('INVALID_REQUEST', 'A capture has no model to run again; compare runs of a model.');
  const notes: string[] = [];
  const patterns = nativePatterns(params.config, lease.checkpoint, notes);
  const settings = { threads: engine.threads(params.threads), ...KEPT };
  // A lease of its own: the run may be closed meanwhile.
  const held = engine.models.acquire(lease.checkpoint.folder);
  const pass = (what: Pass) => prefillOnce(engine, held, tokens, what, settings, params.denseWherePays ?? true, context);
  try {
    const dense = await pass({ note: 'dense', patterns: undefined });
    const sparse = await pass({ note: 'sparse', patterns });
    const layers = sparse.timings.map((timing, layer) => ({
      denseMs: dense.timings[layer]?.attentionMs ?? 0,
      sparseMs: timing.attentionMs,
      indexMs: timing.indexMs,
      tiles: [...timing.executedTiles].reduce((sum, tiles) => sum + tiles, 0),
      causal: timing.causalTiles * info.heads,
      ranDense: [...timing.ranDense],
    }));
    return { layers, logits: logitsDifference(dense.logits, sparse.logits), denseMs: dense.totalMs, sparseMs: sparse.totalMs, notes };
  } finally {
    held.release();
  }
}

/** Times, and the last row's logits; the run itself is freed. */
function prefillOnce(
  engine: EngineState,
  { native: model, checkpoint }: ModelLease,
  tokens: Int32Array,
  { note, patterns }: Pass,
  settings: { threads: number } & typeof KEPT,
  denseWherePays: boolean,
  context: RequestContext<'run.compare'>,
): Promise<Pick<NativeRun, 'timings' | 'totalMs'> & { logits: Float32Array }> {
  const { layers, vocabSize } = checkpoint.config;
  const before = note === 'dense' ? 0 : layers;
  return engine.queue.run('batch', context.signal, async () => {
    settlePlan(model, tokens.length, settings, engine.addon().info().availableBytes);
    const job = model.prefill({ tokens, ...settings, compat: false, denseWherePays, ...(patterns ? { patterns } : {}) }, (done, total) =>
      context.progress({ done: before + (done / total) * layers, total: 2 * layers, unit: 'layer', note }),
    );
    const run = await awaitJob(job, context.signal);
    try {
      const logits = new Float32Array(vocabSize);
      await awaitJob(run.logits(tokens.length - 1, tokens.length, logits, settings.threads), context.signal);
      return { timings: run.timings, totalMs: run.totalMs, logits };
    } finally {
      run.close();
    }
  });
}
