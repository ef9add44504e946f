// A search over a run's heads: one turn at the machine a surface, so that whoever looks at a map is served in between.
import type { HeadChoice, HeadscopeConfig } from '../patterns/headscope_codec.ts';
import { formatHeadscopeConfig } from '../patterns/headscope_codec.ts';
import { formatMinferenceConfig } from '../patterns/minference_codec.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { HeadScores, RunInfo } from '../protocol/records.ts';
import type { RequestContext } from '../protocol/server.ts';
import { type CandidateList, releasedCandidates } from '../search/candidates.ts';
import { searchReleased } from '../search/released.ts';
import { minferenceOptions } from './configs.ts';
import type { EngineState } from './engine_state.ts';
import { awaitJob } from './native_queue.ts';

const PROCEDURE = 'released search of MInference 0.1.6 (search_pattern)';

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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function originOf(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'a_shape':
      return `released: a_shape (${pattern.sink}, ${pattern.window})`;
    case 'vertical_slash':
      return `released: vertical_slash (${pattern.verticals}, ${pattern.slashes})`;
    case 'block_sparse':
      return `released: block_sparse (${pattern.blocks} blocks of ${pattern.blockSize})`;
    case 'dense':
      return 'released: dense';
  }
}

function configOf(info: RunInfo, found: readonly HeadScores[], scoredFrom: number, remap: boolean, build: string): HeadscopeConfig {
  const choices = new Map(found.map((head) => [`${head.layer} ${head.head}`, head]));
  const choice = (layer: number, head: number): HeadChoice => {
    const scores = choices.get(`${layer} ${head}`);
    const won = scores?.candidates[scores.winner];
    if (!scores || !won) return { pattern: { kind: 'dense' }, origin: 'not searched' };
    return { pattern: scores.deployed, score: won.recall, origin: originOf(won.pattern) };
  };
  return {
    format: 'headscope-config',
    version: 1,
    model: { identity: info.model.hash, name: info.model.name, layers: info.layers, heads: info.heads },
    provenance: {
      procedure: remap ? `${PROCEDURE}, winners remapped to vertical_slash` : PROCEDURE,
      prompts: info.promptHash === null ? [] : [{ sha256: info.promptHash, tokens: info.rows }],
      scoredRows: [scoredFrom, info.rows],
      engineBuild: build,
      created: new Date().toISOString(),
    },
    heads: Array.from({ length: info.layers }, (_, layer) => Array.from({ length: info.heads }, (__, head) => choice(layer, head))),
  };
}

function written(config: HeadscopeConfig, params: Params<'search.run'>): { text: string; notes: string[] } {
  if (params.format !== 'minference') return { text: formatHeadscopeConfig(config), notes: [] };
  return formatMinferenceConfig(config.heads, minferenceOptions(params.denseAs));
}

export async function searchRun(
  engine: EngineState,
  params: Params<'search.run'>,
  context: RequestContext<'search.run'>,
): Promise<Result<'search.run'>> {
  const begin = performance.now();
  const { info } = engine.run(context.owner, params.runId);
  const layers = unique(params.layers, info.layersPresent);
  const heads = unique(
    params.heads,
    Array.from({ length: info.heads }, (_, head) => head),
  );
  const entry = engine.run(context.owner, params.runId);
  for (const layer of layers) for (const head of heads) entry.checkPlace(layer, head);
  const list = releasedCandidates(info.rows);
  if (list.candidates.length === 0) {
    throw new HeadscopeError(
      'INVALID_REQUEST',
      `No candidate of the released search fits ${info.rows} tokens; give a prompt of at least 225.`,
      {
        rows: info.rows,
      },
    );
  }
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
      const result = await searchReleased(
        info.rows,
        head,
        list,
        (request) =>
          engine.withLayer(
            { owner: context.owner, runId: params.runId, layer, head, threads: params.threads, urgency: 'batch', signal: context.signal },
            (native, _entry, threads) =>
              awaitJob(
                native.surface(request, threads, () => {}),
                context.signal,
              ),
          ),
        params.remap ?? false,
      );
      const scores: HeadScores = { layer, head, ...result, elapsedMs: performance.now() - start };
      found.push(scores);
      context.event(scores);
    }
  }
  context.progress({ done: total, total, unit: 'head', note: '' });
  const config = configOf(info, found, list.scoredFrom, params.remap ?? false, engine.build);
  const { text, notes } = written(config, params);
  const winners = found.map((head) => head.candidates[head.winner]).filter((winner) => winner !== undefined);
  return {
    text,
    winners: list.candidates.map(({ scored }, place) => ({ pattern: scored, heads: found.filter((head) => head.winner === place).length })),
    heads: total,
    medianRecall: median(winners.map(({ recall }) => recall)),
    meanDensity: winners.reduce((sum, { density }) => sum + density, 0) / Math.max(1, winners.length),
    scoredFrom: list.scoredFrom,
    rows: info.rows,
    skipped: list.skipped,
    notes: [...notesOf(list, info.rows), ...notes],
    elapsedMs: performance.now() - begin,
  };
}
