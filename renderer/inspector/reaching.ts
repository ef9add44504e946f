// The cheapest pattern of each kind that reaches a recall on this head, read off its surfaces: exact, and there at once while the target
// is dragged. The engine searches many heads by the same rule.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { leastBudgets, patternAt } from '../state/surface_lookup.ts';
import { type FrontierPoint, surfacePoints } from './frontier.ts';

export interface Reaching {
  pattern: Pattern;
  recall: number;
  /** Executed tiles of causal ones. */
  executed: number;
}

/** Sums of float32 log-sum-exps resolve no more. */
const RECALL_STEP = 1e-6;
const steps = (recall: number) => Math.round(recall / RECALL_STEP);

/** Of least tiles; of equals the one of more recall. Null where none reaches the target. */
export function cheapestReaching(surface: SurfaceResult, target: number): Reaching | null {
  let best: FrontierPoint | null = null;
  for (const point of surfacePoints(surface, leastBudgets(surface))) {
    if (steps(point.recall) < steps(target)) continue;
    if (!best || point.cost < best.cost || (point.cost === best.cost && point.recall > best.recall)) best = point;
  }
  return best && { pattern: patternAt(surface.kind, best.budgets, surface.estimator.blockSize), recall: best.recall, executed: best.cost };
}

/** One a kind, cheapest first. A pattern that multiplies every tile saves nothing: dense stands for it. */
export function reaching(surfaces: readonly SurfaceResult[], target: number): Reaching[] {
  const sparse = surfaces.flatMap((surface) => cheapestReaching(surface, target) ?? []).filter(({ executed }) => executed < 1);
  if (sparse.length === 0) return [{ pattern: { kind: 'dense' }, recall: 1, executed: 1 }];
  return sparse.sort((a, b) => a.executed - b.executed || b.recall - a.recall);
}
