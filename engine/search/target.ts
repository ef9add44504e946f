// The cheapest pattern of a head that reaches a recall: read off the recall surfaces of the pattern kinds, which hold every budget's exact
// recall and executed tiles at their edges. Nothing is interpolated and no mask is tried.
import { clampBudgets } from '../patterns/budgets.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { SurfaceResult } from '../protocol/records.ts';
import { RECALL_STEP, type ScoredCandidate } from './released.ts';

export type TargetKind = SurfaceResult['kind'];
export const TARGET_KINDS: readonly TargetKind[] = ['a_shape', 'vertical_slash', 'block_sparse'];

export interface TargetCandidate extends ScoredCandidate {
  /** Kept cells of causal ones. */
  nominal: number;
}

export interface TargetResult {
  /** The cheapest of each kind, then dense. */
  candidates: TargetCandidate[];
  /** Into candidates. */
  winner: number;
  deployed: Pattern;
  measured: { recall: number; minRecall: null; nominal: number; executed: number };
}

function patternAt(kind: TargetKind, [first, second]: readonly [number, number], blockSize: number | undefined): Pattern {
  switch (kind) {
    case 'a_shape':
      return { kind, sink: first, window: second };
    case 'vertical_slash':
      return { kind, verticals: first, slashes: second };
    case 'block_sparse':
      return { kind, blocks: first, ...(blockSize === undefined ? {} : { blockSize }) };
  }
}

function cell(table: SurfaceResult['recall'], first: number, second: number): number {
  const row = table[first];
  return (typeof row === 'number' ? row : row?.[second]) ?? Number.NaN;
}

/** The cell of least executed tiles whose recall, in steps of 1e-6, is at least `target`; of equals the one of more recall, then of
 * smaller budgets. Budgets below the floors that the engine runs with belong to no pattern and are passed over. Null where none reaches. */
export function cheapestReaching(surface: SurfaceResult, rows: number, target: number): TargetCandidate | null {
  const { kind, axes, estimator } = surface;
  const runs = (budgets: readonly [number, number]) => clampBudgets(patternAt(kind, budgets, estimator.blockSize), rows).notes.length === 0;
  const [first = [], second = [0]] = axes.map(({ edges }) => edges);
  const [most, other] = [first.at(-1) ?? 0, second.at(-1) ?? 0];
  const [firstRuns, secondRuns] = [first.map((budget) => runs([budget, other])), second.map((budget) => runs([most, budget]))];
  const least = Math.round(target / RECALL_STEP);
  let best: TargetCandidate | null = null;
  for (const [i, budget] of first.entries()) {
    if (!firstRuns[i]) continue;
    for (const [j, beside] of second.entries()) {
      const recall = cell(surface.recall, i, j);
      if (!secondRuns[j] || !(Math.round(recall / RECALL_STEP) >= least)) continue;
      const density = cell(surface.executed, i, j);
      if (best && (density > best.density || (density === best.density && recall <= best.recall))) continue;
      const pattern = patternAt(kind, [budget, beside], estimator.blockSize);
      best = { pattern, deployed: pattern, recall, density, nominal: cell(surface.nominal, i, j) };
    }
  }
  return best;
}

/** Over the surfaces of a head, in the order of `surfaces`. Dense keeps everything and is the last resort: a pattern that multiplies every
 * tile saves nothing and does not win against it. */
export function searchTarget(surfaces: readonly SurfaceResult[], rows: number, target: number): TargetResult {
  const dense: TargetCandidate = { pattern: { kind: 'dense' }, deployed: { kind: 'dense' }, recall: 1, density: 1, nominal: 1 };
  const candidates = [...surfaces.flatMap((surface) => cheapestReaching(surface, rows, target) ?? []), dense];
  let winner = candidates.length - 1;
  candidates.forEach(({ density, recall }, place) => {
    const best = candidates[winner] ?? dense;
    if (density < best.density || (density === best.density && density < 1 && recall > best.recall)) winner = place;
  });
  const { deployed, recall, density, nominal } = candidates[winner] ?? dense;
  return { candidates, winner, deployed, measured: { recall, minRecall: null, nominal, executed: density } };
}
