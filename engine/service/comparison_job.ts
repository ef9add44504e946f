// run.compare: a run's prompt through its model, dense (or under another config) and under a config, so that the two differ in attention
// alone. Repeats take turns, so that whatever else the machine does meets both sides.
import type { NativePattern, NativeRun } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { RequestContext } from '../protocol/server.ts';
import { nativePatterns } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import { hiddenDifferences, hiddenFits } from './hidden_difference.ts';
import { logitsDifference, tailDifference } from './logits_difference.ts';
import { median } from './median.ts';
import type { ModelLease } from './model_registry.ts';
import { awaitJob } from './native_queue.ts';
import { settlePlan } from './prefill_plan.ts';

/** Last rows whose predictions are compared. */
const TAIL_ROWS = 64;

interface Comparing {
  engine: EngineState;
  params: Params<'run.compare'>;
  context: RequestContext<'run.compare'>;
  tokens: Int32Array;
  settings: { threads: number; keepLayerInputs: boolean; keepOverviews: false; keepLse: false };
  /** Prefills done, and to do. */
  done: number;
  passes: number;
}

type Timings = Pick<NativeRun, 'timings' | 'totalMs'>;

export async function compareRuns(
  engine: EngineState,
  params: Params<'run.compare'>,
  context: RequestContext<'run.compare'>,
): Promise<Result<'run.compare'>> {
  const { lease, tokens, info } = engine.run(context.owner, params.runId);
  if (!lease || !tokens) throw new HeadscopeError('INVALID_REQUEST', 'A capture has no model to run again; compare runs of a model.');
  const notes: string[] = [];
  const patterns = nativePatterns(params.config, lease.checkpoint, notes);
  const baseline = params.baseline === undefined ? undefined : nativePatterns(params.baseline, lease.checkpoint, notes);
  const { layers, hiddenSize } = lease.checkpoint.config;
  const repeats = params.repeats ?? 1;
  const keepLayerInputs = hiddenFits(tokens.length, hiddenSize, layers);
  const settings = { threads: engine.threads(params.threads), keepLayerInputs, keepOverviews: false, keepLse: false } as const;
  const comparing: Comparing = { engine, params, context, tokens, settings, done: 0, passes: 2 * repeats };
  // A lease of its own: the run may be closed meanwhile.
  const held = engine.models.acquire(lease.checkpoint.folder, lease.backend);
  const open: NativeRun[] = [];
  const times: { dense: Timings[]; sparse: Timings[] } = { dense: [], sparse: [] };
  const sides = [
    { side: 'dense', note: baseline ? 'baseline' : 'dense', patterns: baseline },
    { side: 'sparse', note: baseline ? 'config' : 'sparse', patterns },
  ] as const;
  try {
    let differences:
      | (Pick<Result<'run.compare'>, 'logits' | 'tail'> & { hidden: Result<'run.compare'>['layers'][number]['hidden'][] })
      | null = null;
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      for (const { side, note, patterns: own } of sides) {
        const run = await prefillOnce(comparing, held, note, own);
        open.push(run);
        times[side].push({ timings: run.timings, totalMs: run.totalMs });
      }
      const [dense, sparse] = open;
      if (dense && sparse)
        differences ??= await engine.queue.run('batch', context.signal, () => differencesOf(comparing, held, dense, sparse));
      for (const run of open.splice(0)) run.close();
    }
    if (!differences) throw new RangeError('nothing was compared');
    const { logits, tail, hidden } = differences;
    const over = (runs: readonly Timings[], layer: number, read: (timing: Timings['timings'][number]) => number) =>
      median(runs.flatMap(({ timings }) => (timings[layer] ? [read(timings[layer])] : [])));
    const last = times.sparse.at(-1)?.timings ?? [];
    return {
      layers: last.map((timing, layer) => ({
        denseMs: over(times.dense, layer, ({ attentionMs, indexMs }) => attentionMs + (baseline ? indexMs : 0)),
        sparseMs: over(times.sparse, layer, ({ attentionMs }) => attentionMs),
        indexMs: over(times.sparse, layer, ({ indexMs }) => indexMs),
        tiles: [...timing.executedTiles].reduce((sum, tiles) => sum + tiles, 0),
        causal: timing.causalTiles * info.heads,
        ranDense: [...timing.ranDense],
        hidden: hidden[layer] ?? null,
      })),
      logits,
      tail,
      repeats,
      threads: settings.threads,
      denseMs: median(times.dense.map(({ totalMs }) => totalMs)),
      sparseMs: median(times.sparse.map(({ totalMs }) => totalMs)),
      notes,
    };
  } finally {
    for (const run of open) run.close();
    held.release();
  }
}

async function differencesOf({ tokens, settings, context }: Comparing, { checkpoint }: ModelLease, dense: NativeRun, sparse: NativeRun) {
  const { vocabSize, layers, hiddenSize } = checkpoint.config;
  const rows = Math.min(TAIL_ROWS, tokens.length);
  const first = tokens.length - rows;
  const tailOf = async (run: NativeRun) => {
    const logits = new Float32Array(rows * vocabSize);
    await awaitJob(run.logits(first, tokens.length, logits, settings.threads), context.signal);
    return logits;
  };
  const [a, b] = [await tailOf(dense), await tailOf(sparse)];
  const lastRow = (logits: Float32Array) => logits.subarray((rows - 1) * vocabSize);
  return {
    logits: logitsDifference(lastRow(a), lastRow(b)),
    tail: tailDifference(a, b, rows, first),
    hidden: settings.keepLayerInputs ? await hiddenDifferences(dense, sparse, layers, hiddenSize) : [],
  };
}

/** The caller closes the run. */
function prefillOnce(
  comparing: Comparing,
  { native: model, checkpoint }: ModelLease,
  note: string,
  patterns: NativePattern[][] | undefined,
): Promise<NativeRun> {
  const { engine, params, context, tokens, settings, passes } = comparing;
  const { layers } = checkpoint.config;
  const before = comparing.done * layers;
  comparing.done += 1;
  return engine.queue.run('batch', context.signal, () => {
    settlePlan(model, tokens.length, settings, engine.addon().info().availableBytes);
    const denseWherePays = params.denseWherePays ?? true;
    const job = model.prefill({ tokens, ...settings, compat: false, denseWherePays, ...(patterns ? { patterns } : {}) }, (done, total) =>
      context.progress({ done: before + (done / total) * layers, total: passes * layers, unit: 'layer', note }),
    );
    return awaitJob(job, context.signal);
  });
}
