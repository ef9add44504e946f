// Missed mass of each band of rows under a pattern, read from the head's surface: exact where its budgets are edges, absent otherwise.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { budgetsOf, sameEstimator } from '../state/surface_lookup.ts';
import type { SurfaceEntry, SurfacePlace, SurfacesState } from '../state/surfaces.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import type { RowBand } from './missed_track.ts';

export function rowBands(
  lookUp: (state: SurfacesState, place: SurfacePlace) => SurfaceEntry,
  state: SurfacesState,
  place: TilePlace,
  pattern: Pattern,
): RowBand[] {
  if (pattern.kind === 'dense') return [];
  const { surface } = lookUp(state, { ...place, kind: pattern.kind });
  const budgets = budgetsOf(pattern, pattern.kind);
  if (!surface || !budgets || !sameEstimator(surface, pattern)) return [];
  const at: number[] = [];
  for (const [axis, budget] of budgets.entries()) {
    const edges = surface.axes[axis]?.edges ?? [];
    const last = edges.length - 1;
    const index = budget >= (edges[last] ?? Number.POSITIVE_INFINITY) ? last : edges.indexOf(budget);
    if (index < 0) return [];
    at.push(index);
  }
  const bands = surface.bands.map(({ rows: [from, to], recall }) => {
    const row = recall[at[0] ?? 0];
    const kept = typeof row === 'number' ? row : (row?.[at[1] ?? 0] ?? Number.NaN);
    return { from, to, missed: 1 - kept };
  });
  // The scored rows are a band of their own over the others: the finest bands are the ones that do not cover another.
  return bands.filter((band) => !bands.some((other) => other !== band && other.from >= band.from && other.to <= band.to));
}
