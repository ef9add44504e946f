// The candidates of MInference's released search (minference/modules/minference_forward.py, search_pattern), in its order.
import type { Pattern } from '../protocol/pattern.ts';

export interface Candidate {
  /** The mask that is scored: token-granular, 30 columns and 30 distances forced. */
  scored: Pattern;
  /** What MInference's kernels execute for it at inference: 100 distances forced, a band of 800, 100 blocks of 64. */
  deployed: Pattern;
  /** How the released code writes it: A-shape and block-sparse winners become vertical_slash. */
  remapped: Pattern;
}

export interface CandidateList {
  candidates: Candidate[];
  /** Left out because a budget exceeds the prompt; topk() of the original raises there. */
  skipped: Pattern[];
  /** Rows [scoredFrom, rows) are scored. */
  scoredFrom: number;
}

const SEARCH_FORCED = { lastQueries: 64, forcedSinks: 30, forcedLocal: 30 } as const;
const INFERENCE_FORCED = { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 } as const;
const VERTICAL_SLASH = [
  [30, 800],
  [100, 750],
  [500, 700],
  [3500, 100],
] as const;
export const SEARCH_BLOCK_SIZE = 32;
/** The original scores rows from here on, and raises on prompts shorter than its largest budget. */
const SCORED_FROM = 2500;
const SHORTEST_OF_ORIGINAL = 3500;

function verticalSlash(verticals: number, slashes: number): Candidate {
  const deployed: Pattern = { kind: 'vertical_slash', verticals, slashes, ...INFERENCE_FORCED };
  return { scored: { kind: 'vertical_slash', verticals, slashes, ...SEARCH_FORCED }, deployed, remapped: deployed };
}

function budgetFits({ scored }: Candidate, rows: number): boolean {
  switch (scored.kind) {
    case 'a_shape':
      return scored.sink <= rows && scored.window <= rows;
    case 'vertical_slash':
      return scored.verticals <= rows && scored.slashes <= rows;
    case 'block_sparse':
      return scored.blocks >= 1;
    case 'dense':
      return true;
  }
}

/** For a prompt of `rows` tokens. Below 3,500, where the original raises, candidates that do not fit are skipped and the second
 * half of the rows is scored. `candidates` may be empty (below 225 tokens even block-sparse has no whole block to keep). */
export function releasedCandidates(rows: number): CandidateList {
  const all: Candidate[] = [
    {
      // triu(-800) keeps distances 0..800; the deployed kernel keeps those below 800.
      scored: { kind: 'a_shape', sink: 100, window: 801 },
      deployed: { kind: 'a_shape', sink: 100, window: 800 },
      remapped: verticalSlash(100, 800).deployed,
    },
    ...VERTICAL_SLASH.map(([verticals, slashes]) => verticalSlash(verticals, slashes)),
    {
      scored: { kind: 'block_sparse', blocks: Math.floor(Math.ceil(rows / SEARCH_BLOCK_SIZE) / 8), blockSize: SEARCH_BLOCK_SIZE },
      deployed: { kind: 'block_sparse', blocks: 100, blockSize: 64 },
      remapped: verticalSlash(1000, 6096).deployed,
    },
  ];
  return {
    candidates: all.filter((candidate) => budgetFits(candidate, rows)),
    skipped: all.filter((candidate) => !budgetFits(candidate, rows)).map((candidate) => candidate.scored),
    scoredFrom: rows >= SHORTEST_OF_ORIGINAL ? SCORED_FROM : Math.floor(rows / 2),
  };
}
