// The recall-against-cost frontier of a surface: which cells no other beats, and the concave hull over them.
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { pointAt } from '../state/surface_lookup.ts';

export interface FrontierPoint {
  /** Fraction of causal tiles multiplied. */
  cost: number;
  /** Mean kept mass. */
  recall: number;
  /** In the order of the surface's axes. */
  budgets: readonly number[];
}

/** Every cell of the table whose budgets are at least `least`: below its floors the engine runs the floor, not the budget. */
export function surfacePoints(surface: SurfaceResult, least: readonly number[] = []): FrontierPoint[] {
  const [first, second] = surface.axes;
  const points: FrontierPoint[] = [];
  first?.edges.forEach((budget, i) => {
    if (budget < (least[0] ?? 0)) return;
    const columns = second ? second.edges : [0];
    columns.forEach((other, j) => {
      if (second && other < (least[1] ?? 0)) return;
      const { executed, recall } = pointAt(surface, i, j);
      points.push({ cost: executed, recall, budgets: second ? [budget, other] : [budget] });
    });
  });
  return points;
}

/** The points that no other beats (as cheap or cheaper with more recall), by ascending cost and strictly ascending recall. Of equals the
 * first given stays, which for `surfacePoints` is the smaller budget. */
export function undominated(points: readonly FrontierPoint[]): FrontierPoint[] {
  const sorted = [...points].sort((a, b) => a.cost - b.cost || b.recall - a.recall);
  const kept: FrontierPoint[] = [];
  for (const point of sorted) if (kept.length === 0 || point.recall > (kept[kept.length - 1]?.recall ?? 0)) kept.push(point);
  return kept;
}

/** The upper concave hull of undominated points: every mixture of heads' budgets lies under it. Andrew's monotone chain, upper half
 * (Andrew 1979), collinear points dropped. */
export function upperHull(frontier: readonly FrontierPoint[]): FrontierPoint[] {
  const hull: FrontierPoint[] = [];
  for (const point of frontier) {
    for (;;) {
      const [a, b] = [hull[hull.length - 2], hull[hull.length - 1]];
      if (!a || !b || (b.cost - a.cost) * (point.recall - a.recall) - (b.recall - a.recall) * (point.cost - a.cost) < 0) break;
      hull.pop();
    }
    hull.push(point);
  }
  return hull;
}

/** The frontier point whose cost is nearest to `cost`; undefined for an empty frontier. */
export function nearestByCost(frontier: readonly FrontierPoint[], cost: number): FrontierPoint | undefined {
  let best: FrontierPoint | undefined;
  for (const point of frontier) if (!best || Math.abs(point.cost - cost) < Math.abs(best.cost - cost)) best = point;
  return best;
}
