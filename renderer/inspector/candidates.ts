// The candidates of a search as rows to choose from: how each scored, and what applying it would put into the config.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { samePattern } from '../state/config_document.ts';

export interface CandidateRow {
  /** The mask that was scored. */
  scored: Pattern;
  /** The pattern that goes into the config. */
  applied: Pattern;
  /** Mean kept mass of the scored rows under `scored`. */
  score: number;
  /** Executed tiles of causal ones under `scored`. */
  density: number;
  winner: boolean;
}

/** MInference's kernels run at inference: a band of 800 for the search's 801, 100 forced distances for its 30, 100 blocks of 64 for its
 * blocks of 32 (minference_forward.py of MInference 0.1.6). The config holds that pattern, as the engine says it for the winner. */
export function deployedOf(scored: Pattern): Pattern {
  switch (scored.kind) {
    case 'a_shape':
      return { kind: 'a_shape', sink: scored.sink, window: Math.max(1, scored.window - 1) };
    case 'vertical_slash':
      return {
        kind: 'vertical_slash',
        verticals: scored.verticals,
        slashes: scored.slashes,
        lastQueries: 64,
        forcedSinks: 30,
        forcedLocal: 100,
      };
    case 'block_sparse':
      return { kind: 'block_sparse', blocks: 100, blockSize: 64 };
    case 'dense':
      return scored;
  }
}

/** Best score first; equals stay in the search's order. */
export function candidateRows(scores: HeadScores): CandidateRow[] {
  return scores.candidates
    .map(({ pattern, recall, density }, place) => ({
      scored: pattern,
      applied: place === scores.winner ? scores.deployed : deployedOf(pattern),
      score: recall,
      density,
      winner: place === scores.winner,
    }))
    .sort((a, b) => b.score - a.score);
}

/** Fields that a pattern leaves out and those it spells as the defaults mean the same mask. */
export function sameMask(a: Pattern, b: Pattern): boolean {
  const full = (pattern: Pattern): Pattern => {
    if (pattern.kind === 'vertical_slash') return { lastQueries: 64, forcedSinks: 30, forcedLocal: 100, ...pattern };
    if (pattern.kind === 'block_sparse') return { blockSize: 64, ...pattern };
    return pattern;
  };
  return samePattern(full(a), full(b));
}
