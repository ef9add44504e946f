// What a search found as a config: every head's pattern, why it was chosen, what it keeps, and on what that was measured.
import type { HeadChoice, HeadscopeConfig } from '../patterns/headscope_codec.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { HeadScores, RunInfo } from '../protocol/records.ts';
import { measuredOn } from './configs.ts';

const RELEASED = 'released search of MInference 0.1.6 (search_pattern)';

function releasedOrigin(pattern: Pattern): string {
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

export interface SearchGround {
  targetRecall: number | null;
  /** Rows [scoredFrom, rows) are scored. */
  scoredFrom: number;
  remap: boolean;
  build: string;
}

function procedureOf({ targetRecall, remap }: SearchGround): string {
  if (targetRecall !== null) return `least executed tiles with recall >= ${targetRecall} over all rows, from the recall surfaces`;
  return remap ? `${RELEASED}, winners remapped to vertical_slash` : RELEASED;
}

/** Heads that were not searched stay dense and say so. */
export function searchedConfig(info: RunInfo, found: readonly HeadScores[], ground: SearchGround): HeadscopeConfig {
  const choices = new Map(found.map((head) => [`${head.layer} ${head.head}`, head]));
  const choice = (layer: number, head: number): HeadChoice => {
    const scores = choices.get(`${layer} ${head}`);
    const won = scores?.candidates[scores.winner];
    if (!scores || !won) return { pattern: { kind: 'dense' }, origin: 'not searched' };
    const { recall, executed } = scores.measured;
    const origin = ground.targetRecall === null ? releasedOrigin(won.pattern) : `target: recall >= ${ground.targetRecall}`;
    return { pattern: scores.deployed, score: won.recall, recall, density: executed, origin };
  };
  return {
    format: 'headscope-config',
    version: 1,
    model: { identity: info.model.hash, name: info.model.name, layers: info.layers, heads: info.heads },
    provenance: {
      procedure: procedureOf(ground),
      prompts: info.promptHash === null ? [] : [{ sha256: info.promptHash, tokens: info.rows }],
      scoredRows: [ground.scoredFrom, info.rows],
      measured: measuredOn(info, [0, info.rows]),
      engineBuild: ground.build,
      created: new Date().toISOString(),
    },
    heads: Array.from({ length: info.layers }, (_, layer) => Array.from({ length: info.heads }, (__, head) => choice(layer, head))),
  };
}
