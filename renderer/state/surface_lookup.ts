// Reading a recall surface: exact at its edges, so a slider snaps to them and nothing is interpolated.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult, SurfaceTable } from '../../engine/protocol/records.ts';

export type SurfaceKind = SurfaceResult['kind'];

export interface SurfacePoint {
  recall: number;
  missed: number;
  /** Fractions of causal cells and of causal tiles. */
  nominal: number;
  executed: number;
}

/** Index of the edge nearest to `value` in the logarithm; edges ascend. */
export function nearestEdge(edges: readonly number[], value: number): number {
  let best = 0;
  let distance = Number.POSITIVE_INFINITY;
  const target = Math.log(Math.max(value, 1));
  edges.forEach((edge, index) => {
    const away = Math.abs(Math.log(Math.max(edge, 1)) - target);
    if (away < distance) {
      best = index;
      distance = away;
    }
  });
  return best;
}

/** The edge nearest to `value`. */
export function snap(surface: SurfaceResult, axis: number, value: number): number {
  const edges = surface.axes[axis]?.edges ?? [];
  return edges[nearestEdge(edges, value)] ?? value;
}

function cell(table: SurfaceTable, first: number, second: number): number {
  const row = table[first];
  return (typeof row === 'number' ? row : row?.[second]) ?? Number.NaN;
}

/** At edge indices; kinds with one budget ignore `second`. `band` reads the recall of one row band instead of all rows. */
export function pointAt(surface: SurfaceResult, first: number, second = 0, band?: number): SurfacePoint {
  const table = band === undefined ? surface.recall : (surface.bands[band]?.recall ?? surface.recall);
  const recall = cell(table, first, second);
  return { recall, missed: 1 - recall, nominal: cell(surface.nominal, first, second), executed: cell(surface.executed, first, second) };
}

/** The budgets of a pattern in the order of the surface's axes; null where the kind differs. */
export function budgetsOf(pattern: Pattern, kind: SurfaceKind): number[] | null {
  if (pattern.kind !== kind) return null;
  switch (pattern.kind) {
    case 'vertical_slash':
      return [pattern.verticals, pattern.slashes];
    case 'a_shape':
      return [pattern.sink, pattern.window];
    case 'block_sparse':
      return [pattern.blocks];
  }
  return null;
}

/** True where the pattern uses the estimator that the surface was made with: forced parts, last queries, block size. */
export function sameEstimator(surface: SurfaceResult, pattern: Pattern): boolean {
  const { estimator } = surface;
  if (pattern.kind === 'vertical_slash') {
    return (
      (pattern.lastQueries ?? estimator.lastQueries) === estimator.lastQueries &&
      (pattern.forcedSinks ?? estimator.forcedSinks) === estimator.forcedSinks &&
      (pattern.forcedLocal ?? estimator.forcedLocal) === estimator.forcedLocal
    );
  }
  return pattern.kind !== 'block_sparse' || (pattern.blockSize ?? estimator.blockSize) === estimator.blockSize;
}

/** The least budgets that the engine runs, in the order of the surface's axes (clamp_budgets of native/core): smaller ones are raised
 * to these, so a surface's cells below them belong to no pattern. */
export function leastBudgets(surface: SurfaceResult): readonly number[] {
  const { forcedSinks = 0, forcedLocal = 0 } = surface.estimator;
  switch (surface.kind) {
    case 'vertical_slash':
      return [Math.min(30, forcedSinks), Math.max(1, Math.min(50, forcedLocal))];
    case 'a_shape':
      return [0, 1];
    case 'block_sparse':
      return [0];
  }
}

/** The numbers of a pattern whose budgets are edges, after the engine's clamps (above the last edge: the last). Null where the surface
 * cannot say exactly. */
export function lookUp(surface: SurfaceResult, pattern: Pattern): SurfacePoint | null {
  const budgets = budgetsOf(pattern, surface.kind);
  if (!budgets || !sameEstimator(surface, pattern)) return null;
  const least = leastBudgets(surface);
  const indices: number[] = [];
  for (const [axis, asked] of budgets.entries()) {
    const budget = Math.max(asked, least[axis] ?? 0);
    const edges = surface.axes[axis]?.edges ?? [];
    const last = edges.length - 1;
    const index = budget >= (edges[last] ?? Number.POSITIVE_INFINITY) ? last : edges.indexOf(budget);
    if (index < 0) return null;
    indices.push(index);
  }
  return pointAt(surface, indices[0] ?? 0, indices[1] ?? 0);
}

/** The pattern of the surface's kind with these budgets, in the order of its axes. */
export function patternAt(kind: SurfaceKind, budgets: readonly number[], blockSize?: number): Pattern {
  const [first = 0, second = 0] = budgets;
  switch (kind) {
    case 'vertical_slash':
      return { kind, verticals: first, slashes: second };
    case 'a_shape':
      return { kind, sink: first, window: second };
    case 'block_sparse':
      return { kind, blocks: first, ...(blockSize === undefined ? {} : { blockSize }) };
  }
}
