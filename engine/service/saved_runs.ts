// A run to a folder and back.
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { RequestContext } from '../protocol/server.ts';
import { openSavedRun, requireRunOfModel, type SavedRun } from '../runs/saved_run.ts';
import { OVERVIEW_SIDE, SavedRunWriter } from '../runs/saved_run_writer.ts';
import { chooseBackend } from './backend_choice.ts';
import type { EngineState } from './engine_state.ts';
import { readablePath, writablePath } from './host_policy.ts';
import type { ModelLease } from './model_registry.ts';
import { awaitJob } from './native_queue.ts';
import { RunEntry } from './run_entry.ts';

const OVERVIEW_CELLS = OVERVIEW_SIDE * OVERVIEW_SIDE;

export async function saveRun(
  engine: EngineState,
  params: Params<'run.save'>,
  context: RequestContext<'run.save'>,
): Promise<Result<'run.save'>> {
  const entry = engine.run(context.owner, params.runId);
  const { info, native, lease, tokens, kept } = entry;
  if (!native || !lease || !tokens)
    throw new HeadscopeError('INVALID_REQUEST', 'A capture is on disk already; only runs of a model are saved.');
  if (entry.noLayers) throw new HeadscopeError('INVALID_REQUEST', entry.noLayers);
  const { config, folder, identity, name } = lease.checkpoint;
  const path = writablePath(engine.policy, params.path);
  const writer = await SavedRunWriter.create(
    path,
    {
      format: 'headscope-run',
      version: 1,
      model: {
        path: folder,
        name,
        identity,
        layers: config.layers,
        heads: config.heads,
        hiddenSize: config.hiddenSize,
        vocabSize: config.vocabSize,
      },
      n: info.rows,
      prompt: { sha256: info.promptHash, source: null },
      patterns: entry.patterns,
      compat: entry.compat,
      engineBuild: engine.build,
      created: new Date().toISOString(),
      totalMs: info.totalMs ?? 0,
      timings: info.timings,
      has: kept,
    },
    tokens,
  );
  let bytes = 0;
  try {
    for (let layer = 0; layer <= config.layers; layer += 1) {
      throwIfCancelled(context.signal);
      const input = new Float32Array(info.rows * config.hiddenSize);
      native.copyLayerInput(layer, input);
      await writer.writeLayerInput(input);
      bytes += input.byteLength;
      if (layer < config.layers && kept.lse) {
        const lse = new Float32Array(config.heads * info.rows);
        native.copyLse(layer, lse);
        await writer.writeLse(lse);
        bytes += lse.byteLength;
      }
      if (layer < config.layers && kept.overviews) {
        const [sum, max] = [new Float32Array(config.heads * OVERVIEW_CELLS), new Float32Array(config.heads * OVERVIEW_CELLS)];
        for (let head = 0; head < config.heads; head += 1) {
          const cells = [head * OVERVIEW_CELLS, (head + 1) * OVERVIEW_CELLS] as const;
          native.copyOverview(layer, head, 'sum', sum.subarray(...cells));
          native.copyOverview(layer, head, 'max', max.subarray(...cells));
        }
        await writer.writeOverviews(sum, max);
        bytes += sum.byteLength + max.byteLength;
      }
      context.progress({ done: layer + 1, total: config.layers + 1, unit: 'layer', note: 'saving' });
    }
    await writer.commit();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return { path, bytes };
}

/** One array of every layer's values, or null where the run has none. */
function gather(layers: number, length: number, read: (layer: number) => Float32Array | null): Float32Array | null {
  const all = new Float32Array(layers * length);
  for (let layer = 0; layer < layers; layer += 1) {
    const values = read(layer);
    if (values === null) return null;
    all.set(values, layer * length);
  }
  return all;
}

function restore(saved: SavedRun, lease: ModelLease) {
  const { layers, heads } = saved.description.model;
  const { has, n } = saved.description;
  const inputs = Array.from({ length: layers + 1 }, (_, layer) => saved.readLayerInput(layer));
  const lse = has.lse ? gather(layers, heads * n, (layer) => saved.readLse(layer)) : null;
  const side = heads * OVERVIEW_CELLS;
  const sum = has.overviews ? gather(layers, side, (layer) => saved.readOverviews(layer)?.sum ?? null) : null;
  const max = has.overviews ? gather(layers, side, (layer) => saved.readOverviews(layer)?.max ?? null) : null;
  return lease.native.restoreRun(saved.tokens, inputs, lse, sum && max ? { sum, max } : null);
}

/** Where the run says its model is or, where this host does not show that place, a model of that name in the library. */
async function storedModel(engine: EngineState, { path, name }: SavedRun['description']['model']): Promise<string> {
  try {
    return readablePath(engine.policy, path);
  } catch (error) {
    const named = (await engine.library.list(false)).models.find((model) => model.name === name);
    if (!named) throw error;
    return engine.readable(named.id);
  }
}

/** Throws RUN_NOT_FOUND, RUN_INVALID, and what opening its model throws. */
export async function openRun(engine: EngineState, params: Params<'run.open'>, context: RequestContext<'run.open'>): Promise<RunInfo> {
  const { backend, notes } = await chooseBackend(engine, params.backend);
  const saved = openSavedRun(engine.readable(params.path));
  const { description } = saved;
  const folder = params.model === undefined ? await storedModel(engine, description.model) : engine.readableModel(params.model);
  requireRunOfModel(saved, openCheckpoint(folder));
  const lease = engine.models.acquire(folder, backend);
  try {
    const run = await engine.queue.run('batch', context.signal, async () => restore(saved, lease));
    const { config, name, identity } = lease.checkpoint;
    const entry = new RunEntry({
      info: {
        runId: engine.newRunId(),
        kind: 'saved',
        model: { name, hash: identity },
        rows: description.n,
        layers: config.layers,
        heads: config.heads,
        kvHeads: config.kvHeads,
        headDim: config.headDim,
        vocabSize: config.vocabSize,
        layersPresent: Array.from({ length: config.layers }, (_, layer) => layer),
        promptHash: description.prompt.sha256,
        totalMs: description.totalMs,
        timings: description.timings,
        notes,
      },
      owner: context.owner,
      load: (layer, threads, { signal, urgency }) => awaitJob(run.layer(layer, threads), signal, urgency),
      native: run,
      lease,
      tokens: saved.tokens,
      patterns: description.patterns,
      compat: description.compat,
      kept: description.has,
    });
    engine.adoptRun(entry, context.signal);
    return entry.info;
  } catch (error) {
    lease.release();
    throw error;
  }
}
