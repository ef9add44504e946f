// A prompt through a model: tokens, patterns, plan, native prefill, run.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { NativePattern } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params } from '../protocol/methods.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { RequestContext } from '../protocol/server.ts';
import { chooseBackend } from './backend_choice.ts';
import { nativePatterns } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import type { ModelLease } from './model_registry.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';
import { settlePlan, spilledBytes, spillPlace } from './prefill_plan.ts';
import { RunEntry } from './run_entry.ts';
import { checkedTokens, promptHash, publicTiming } from './run_info.ts';

async function tokensOf(
  engine: EngineState,
  lease: ModelLease,
  params: Params<'run.prefill'>,
  context: RequestContext,
): Promise<Int32Array> {
  const { config, folder } = lease.checkpoint;
  const { prompt } = params;
  if ('ids' in prompt) return checkedTokens(prompt.ids, config.vocabSize);
  if (prompt.text === '') throw new HeadscopeError('PROMPT_EMPTY', 'The prompt is empty; give at least one character.');
  const ids = await engine.tokenizers.use(folder, context.signal, (tokenizer, signal) => tokenizer.encode(prompt.text, signal));
  return checkedTokens([...ids], config.vocabSize);
}

function prefillNotes(lease: ModelLease, tokens: Int32Array): string[] {
  const { config, notes } = lease.checkpoint;
  const past = tokens.length > config.maxPositions;
  const warning = `The prompt has ${tokens.length} tokens, past the ${config.maxPositions} positions the model was trained for; what its heads do beyond is not what they do within.`;
  return past ? [...notes, warning] : [...notes];
}

/** [layers][heads], or undefined: dense everywhere. */
function patternsOf({ config, pattern }: Params<'run.prefill'>, checkpoint: Checkpoint, notes: string[]): NativePattern[][] | undefined {
  if (config !== undefined && pattern !== undefined)
    throw new HeadscopeError('INVALID_REQUEST', 'A prefill takes a config or one pattern for every head, not both.');
  if (config !== undefined) return nativePatterns(config, checkpoint, notes);
  if (pattern === undefined) return undefined;
  const { layers, heads } = checkpoint.config;
  return Array.from({ length: layers }, () => Array<NativePattern>(heads).fill(nativePattern(pattern)));
}

export async function prefillRun(
  engine: EngineState,
  params: Params<'run.prefill'>,
  context: RequestContext<'run.prefill'>,
): Promise<RunInfo> {
  const choice = await chooseBackend(engine, params.backend);
  const lease = engine.models.acquire(engine.readableModel(params.model), choice.backend);
  try {
    const { checkpoint, native: model } = lease;
    const { config } = checkpoint;
    const tokens = await tokensOf(engine, lease, params, context);
    const notes = [...choice.notes, ...prefillNotes(lease, tokens)];
    const patterns = patternsOf(params, checkpoint, notes);
    const keep = params.keep ?? { layerInputs: true, overviews: true, lse: true };
    const spill = spillPlace();
    const asked = {
      threads: engine.threads(params.threads),
      keepLayerInputs: keep.layerInputs !== false,
      ...(keep.layerInputs === 'disk' ? { spillFolder: spill.folder } : {}),
      keepOverviews: keep.overviews,
      keepLse: keep.lse,
    };
    const run = await engine.queue.run('batch', context.signal, () => {
      const { settings, places } = settlePlan(model, tokens.length, asked, engine.addon().info().availableBytes, spill);
      const spilled = spilledBytes(places);
      if (spilled > 0) notes.push(`The layer inputs, ${(spilled / 2 ** 30).toFixed(2)} GiB, are kept on disk until the run is closed.`);
      const job = model.prefill(
        {
          tokens,
          ...settings,
          compat: params.compat ?? false,
          denseWherePays: params.denseWherePays ?? true,
          ...(patterns ? { patterns } : {}),
        },
        (done, total, note) => context.progress({ done, total, unit: 'layer', note }),
      );
      return awaitJob(job, context.signal);
    });
    const timings = run.timings.map(publicTiming);
    const ranDense = timings.reduce((sum, timing) => sum + timing.ranDense.length, 0);
    if (ranDense > 0) notes.push(`${ranDense} sparse heads ran dense, because their patterns would not have been faster.`);
    const entry = new RunEntry({
      info: {
        runId: engine.newRunId(),
        kind: 'prefill',
        model: { name: checkpoint.name, hash: checkpoint.identity },
        rows: tokens.length,
        layers: config.layers,
        heads: config.heads,
        kvHeads: config.kvHeads,
        headDim: config.headDim,
        vocabSize: config.vocabSize,
        layersPresent: Array.from({ length: config.layers }, (_, layer) => layer),
        promptHash: promptHash(tokens),
        totalMs: run.totalMs,
        timings,
        notes,
      },
      owner: context.owner,
      load: (layer, threads, { signal, urgency }) => awaitJob(run.layer(layer, threads), signal, urgency),
      native: run,
      lease,
      tokens,
      patterns: patterns ?? null,
      compat: params.compat ?? false,
      kept: { lse: keep.lse, overviews: keep.overviews },
      ...(keep.layerInputs ? {} : { noLayers: 'This run did not keep its layer inputs, so its heads cannot be looked at.' }),
    });
    engine.adoptRun(entry, context.signal);
    return entry.info;
  } catch (error) {
    lease.release();
    throw error;
  }
}
