// Where a budget slider stops: at the budgets of the head's surface, whose numbers are exact.

/** About `steps` whole numbers from `least` to `most`, evenly spaced in the logarithm (one apart where that is finer), and those of
 * `extra` between: the stops while no surface says which budgets it holds. The engine spaces a surface's edges the same way. */
export function provisionalStops(least: number, most: number, extra: readonly number[] = [], steps = 64): number[] {
  const first = Math.max(1, Math.min(least, most));
  const stops = new Set<number>([first, most]);
  for (let step = 1; step < steps - 1; step += 1) stops.add(Math.round(most ** (step / (steps - 1))));
  for (const value of extra) stops.add(value);
  return [...stops].filter((stop) => stop >= first && stop <= most).sort((a, b) => a - b);
}

/** The surface's edges that a pattern can run; never empty for a non-empty list. */
export function stopsFromEdges(edges: readonly number[], least: number): number[] {
  const within = edges.filter((edge) => edge >= least);
  return within.length > 0 ? within : edges.slice(-1);
}
