// The candidates of a search as rows to choose from: how each scored, and what applying it would put into the config.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';

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

/** Best score first; equals stay in the search's order. */
export function candidateRows(scores: HeadScores): CandidateRow[] {
  return scores.candidates
    .map(({ pattern, deployed, recall, density }, place) => ({
      scored: pattern,
      applied: deployed,
      score: recall,
      density,
      winner: place === scores.winner,
    }))
    .sort((a, b) => b.score - a.score);
}
