// MInference's released search of one head: every candidate's recall over the scored rows, the first best wins. One surface a pattern
// kind, with the candidates' budgets as its edges, scores all of them without an N x N mask.
import type { Surface, SurfaceRequest } from '../native/addon.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { type CandidateList, SEARCH_BLOCK_SIZE } from './candidates.ts';

export interface ScoredCandidate {
  pattern: Pattern;
  /** What the config holds for it. */
  deployed: Pattern;
  /** Mean kept mass of the scored rows. */
  recall: number;
  /** Executed 64x64 tiles of causal ones. */
  density: number;
}

export interface HeadResult {
  candidates: ScoredCandidate[];
  /** Index of the first best. */
  winner: number;
  deployed: Pattern;
}

/** Measures one surface of the head; the estimator's settings are part of the request. */
export type MeasureSurface = (request: SurfaceRequest) => Promise<Surface>;

/** Recalls are rounded to this: float32 log-sum-exps resolve no more, and without it rounding noise would choose among masks that keep
 * everything. */
export const RECALL_STEP = 1e-6;
const rounded = (recall: number): number => Math.min(1, Math.round(recall / RECALL_STEP) * RECALL_STEP);

const ascending = (values: number[]): Int32Array => Int32Array.from([...new Set(values)].sort((a, b) => a - b));

function budgets(pattern: Pattern): [number, number] {
  switch (pattern.kind) {
    case 'a_shape':
      return [pattern.sink, pattern.window];
    case 'vertical_slash':
      return [pattern.verticals, pattern.slashes];
    case 'block_sparse':
      return [pattern.blocks, 0];
    case 'dense':
      return [0, 0];
  }
}

const KINDS = ['a_shape', 'vertical_slash', 'block_sparse'] as const;

/** Scores `list` on a head of `rows` rows. Throws what `measure` throws; RangeError where the list is empty. */
export async function searchReleased(
  rows: number,
  head: number,
  list: CandidateList,
  measure: MeasureSurface,
  remap: boolean,
): Promise<HeadResult> {
  const scores = new Map<Pattern, Pick<ScoredCandidate, 'recall' | 'density'>>();
  for (const kind of KINDS) {
    const patterns = list.candidates.map((candidate) => candidate.scored).filter((pattern) => pattern.kind === kind);
    if (patterns.length === 0) continue;
    const pairs = patterns.map(budgets);
    const edges: [Int32Array, Int32Array] = [
      ascending(pairs.map(([first]) => first)),
      kind === 'block_sparse' ? new Int32Array(0) : ascending(pairs.map(([, second]) => second)),
    ];
    const surface = await measure({
      head,
      kind,
      edges,
      lastQueries: 64,
      forcedSinks: 30,
      forcedLocal: 30,
      blockSize: SEARCH_BLOCK_SIZE,
      bandStart: Int32Array.from(list.scoredFrom > 0 ? [0, list.scoredFrom, rows] : [0, rows]),
    });
    const width = Math.max(1, edges[1].length);
    const scoredBand = (list.scoredFrom > 0 ? 1 : 0) * edges[0].length * width;
    patterns.forEach((pattern, place) => {
      const [first, second] = pairs[place] ?? [0, 0];
      const cell = edges[0].indexOf(first) * width + Math.max(0, edges[1].indexOf(second));
      scores.set(pattern, {
        recall: rounded((surface.bandMass[scoredBand + cell] ?? Number.NaN) / (rows - list.scoredFrom)),
        density: (surface.executedTiles[cell] ?? Number.NaN) / surface.causalTiles,
      });
    });
  }
  const candidates = list.candidates.map(({ scored, deployed, remapped }): ScoredCandidate => {
    const score = scores.get(scored);
    if (!score || !Number.isFinite(score.recall)) throw new RangeError(`No score of ${JSON.stringify(scored)}`);
    return { pattern: scored, deployed: remap ? remapped : deployed, ...score };
  });
  let winner = 0;
  candidates.forEach((candidate, place) => {
    if (candidate.recall > (candidates[winner]?.recall ?? 0)) winner = place;
  });
  const won = candidates[winner];
  if (!won) throw new RangeError('There is no candidate to score.');
  return { candidates, winner, deployed: won.deployed };
}
