// A search over a run's heads, an event a head.
import { formatHeadscopeConfig, type HeadscopeConfig } from '../patterns/headscope_codec.ts';
import { formatMinferenceConfig } from '../patterns/minference_codec.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { HeadScores } from '../protocol/records.ts';
import type { RequestContext } from '../protocol/server.ts';
import { type CandidateList, releasedCandidates } from '../search/candidates.ts';
import { minferenceOptions } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import { releasedHead, targetHead } from './head_searches.ts';
import { median } from './median.ts';
import { searchedConfig } from './search_config.ts';

function unique(asked: readonly number[] | undefined, present: readonly number[]): number[] {
  return asked === undefined ? [...present] : [...new Set(asked)].sort((a, b) => a - b);
}

function notesOf({ skipped, scoredFrom }: CandidateList, rows: number): string[] {
  const notes: string[] = [];
  if (skipped.length > 0) {
    notes.push(
      `${skipped.length} candidates do not fit ${rows} tokens and were skipped: ${skipped.map((pattern) => JSON.stringify(pattern)).join(', ')}.`,
    );
  }
  if (rows < 3500)
    notes.push(
      `The released search needs 3,500 tokens; on ${rows} the rows from ${scoredFrom} on were scored instead of those from 2,500.`,
    );
  return notes;
}

function written(config: HeadscopeConfig, params: Params<'search.run'>): { text: string; notes: string[] } {
  if (params.format !== 'minference') return { text: formatHeadscopeConfig(config), notes: [] };
  return formatMinferenceConfig(config.heads, minferenceOptions(params.denseAs));
}

function winnersOf(found: readonly HeadScores[], list: CandidateList | null): Result<'search.run'>['winners'] {
  if (list)
    return list.candidates.map(({ scored }, place) => ({ pattern: scored, heads: found.filter(({ winner }) => winner === place).length }));
  const counts = new Map<string, Result<'search.run'>['winners'][number]>();
  for (const { deployed } of found) {
    const key = JSON.stringify(deployed);
    const known = counts.get(key);
    counts.set(key, { pattern: deployed, heads: (known?.heads ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.heads - a.heads);
}

/** Null for a search by target, which has no list. Throws INVALID_REQUEST where no candidate fits. */
function candidatesOf(params: Params<'search.run'>, rows: number): CandidateList | null {
  if (params.procedure === 'target') return null;
  const list = releasedCandidates(rows);
  if (list.candidates.length === 0) {
    const text = `No candidate of the released search fits ${rows} tokens; give a prompt of at least 225.`;
    throw new HeadscopeError('INVALID_REQUEST', text, { rows });
  }
  return list;
}

export async function searchRun(
  engine: EngineState,
  params: Params<'search.run'>,
  context: RequestContext<'search.run'>,
): Promise<Result<'search.run'>> {
  const begin = performance.now();
  const entry = engine.run(context.owner, params.runId);
  const { info } = entry;
  const { rows } = info;
  const everyHead = Array.from({ length: info.heads }, (_, head) => head);
  const [layers, heads] = [unique(params.layers, info.layersPresent), unique(params.heads, everyHead)];
  for (const layer of layers) for (const head of heads) entry.checkPlace(layer, head);
  const list = candidatesOf(params, rows);
  const total = layers.length * heads.length;
  if (params.format === 'minference' && !params.denseAs && total < info.layers * info.heads) {
    const text = `Only ${total} of ${info.layers * info.heads} heads are searched and the others stay dense, which MInference's file cannot say. Search all, write the headscope format, or choose what a dense head is written as.`;
    throw new HeadscopeError('CONFIG_INVALID', text);
  }
  const found: HeadScores[] = [];
  for (const layer of layers) {
    for (const head of heads) {
      const start = performance.now();
      context.progress({ done: found.length, total, unit: 'head', note: `layer ${layer}, head ${head}` });
      const search = { engine, params, context, rows, layer, head };
      const result = list ? await releasedHead(search, list) : await targetHead(search, params.targetRecall ?? 1);
      const scores: HeadScores = { layer, head, ...result, elapsedMs: performance.now() - start };
      found.push(scores);
      context.event(scores);
    }
  }
  context.progress({ done: total, total, unit: 'head', note: '' });
  const scoredFrom = list?.scoredFrom ?? 0;
  const ground = { targetRecall: params.targetRecall ?? null, scoredFrom, remap: params.remap ?? false, build: engine.build };
  const { text, notes } = written(searchedConfig(info, found, ground), params);
  const winners = found.map((head) => head.candidates[head.winner]).filter((winner) => winner !== undefined);
  return {
    text,
    winners: winnersOf(found, list),
    heads: total,
    medianRecall: median(winners.map(({ recall }) => recall)),
    meanDensity: winners.reduce((sum, { density }) => sum + density, 0) / Math.max(1, winners.length),
    scoredFrom,
    rows,
    skipped: list?.skipped ?? [],
    notes: [...(list ? notesOf(list, rows) : []), ...notes],
    elapsedMs: performance.now() - begin,
  };
}
