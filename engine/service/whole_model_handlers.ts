// Questions about every head at once: how much a config keeps, and what it saves.

import { requireConfigMatch } from '../patterns/config_match.ts';
import { readConfig } from '../patterns/read_config.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { Handlers, RequestContext } from '../protocol/server.ts';
import { compareRuns } from './comparison_job.ts';
import { requireTable } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';

/** [layers][heads]. Throws CONFIG_INVALID, CONFIG_MISMATCH. */
function patternsOf({ config, patterns }: Params<'run.measure'>, { layers, heads, model }: RunInfo): Pattern[][] {
  const counts = { name: model.name, layers, heads, identity: model.hash };
  if (patterns) {
    requireTable('patterns', patterns, counts);
    return patterns;
  }
  const read = readConfig(config ?? '');
  requireConfigMatch(read, counts);
  return read.patterns;
}

function everyHead({ layersPresent, heads }: RunInfo): { layer: number; head: number }[] {
  return layersPresent.flatMap((layer) => Array.from({ length: heads }, (_, head) => ({ layer, head })));
}

async function measureRun(
  engine: EngineState,
  params: Params<'run.measure'>,
  context: RequestContext<'run.measure'>,
): Promise<Result<'run.measure'>> {
  const begin = performance.now();
  const entry = engine.run(context.owner, params.runId);
  const { rows } = entry.info;
  const { runId, threads, fromRow = 0 } = params;
  if (fromRow >= rows) {
    throw new HeadscopeError('INVALID_REQUEST', `There is no row ${fromRow}; the run has ${rows}.`, { fromRow, rows });
  }
  const table = patternsOf(params, entry.info);
  const places = params.heads ?? everyHead(entry.info);
  for (const { layer, head } of places) entry.checkPlace(layer, head);
  for (const [done, { layer, head }] of places.entries()) {
    context.progress({ done, total: places.length, unit: 'head', note: `layer ${layer}, head ${head}` });
    const pattern = table[layer]?.[head] ?? { kind: 'dense' };
    const wanted = nativePattern(pattern);
    const place = { owner: context.owner, runId, layer, head, threads, urgency: 'batch', signal: context.signal } as const;
    const found = await engine.withLayer(place, (native, _entry, count) =>
      awaitJob(native.measure(head, wanted, false, count), context.signal),
    );
    let sum = 0;
    let least = Number.POSITIVE_INFINITY;
    for (const recall of found.rowRecall.subarray(fromRow)) {
      sum += recall;
      least = Math.min(least, recall);
    }
    context.event({
      layer,
      head,
      pattern,
      recall: sum / (rows - fromRow),
      minRecall: least,
      nominal: found.nominalCells / found.causalCells,
      executed: found.executedTiles / found.causalTiles,
    });
  }
  context.progress({ done: places.length, total: places.length, unit: 'head', note: '' });
  return { heads: places.length, elapsedMs: performance.now() - begin };
}

export function wholeModelHandlers(engine: EngineState): Pick<Handlers, 'run.measure' | 'run.compare'> {
  return {
    'run.measure': (params, context) => measureRun(engine, params, context),
    'run.compare': (params, context) => compareRuns(engine, params, context),
  };
}
