// Budgets of many heads scaled together, and what their surfaces predict.
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { snap } from '../state/surface_lookup.ts';

/** Every budget times `factor`, whole, at least 1 and at most the prompt; at the surface's nearest edges where there is one, so that its
 * numbers are exact. Dense stays dense. */
export function scaled(pattern: Pattern, factor: number, rows: number, surface: SurfaceResult | null): Pattern {
  const budget = (value: number, axis: number, most: number) => {
    const wanted = Math.min(most, Math.max(1, Math.round(value * factor)));
    return surface ? snap(surface, axis, wanted) : wanted;
  };
  if (factor === 1) return pattern;
  switch (pattern.kind) {
    case 'a_shape':
      return { ...pattern, sink: budget(pattern.sink, 0, rows), window: budget(pattern.window, 1, rows) };
    case 'vertical_slash':
      return { ...pattern, verticals: budget(pattern.verticals, 0, rows), slashes: budget(pattern.slashes, 1, rows) };
    case 'block_sparse': {
      const most = Math.ceil(rows / (pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize));
      return { ...pattern, blocks: budget(pattern.blocks, 0, most) };
    }
    case 'dense':
      return pattern;
  }
}

/** The factor at a slider's place, 0 to 1: a quarter to eight times, in the logarithm; within a hair of 1, 1. */
export const LEAST_FACTOR = 0.25;
export const MOST_FACTOR = 8;
export function factorAt(position: number): number {
  const factor = LEAST_FACTOR * (MOST_FACTOR / LEAST_FACTOR) ** Math.min(1, Math.max(0, position));
  return Math.abs(Math.log(factor)) < 0.02 ? 1 : Math.round(factor * 100) / 100;
}
export function positionOfFactor(factor: number): number {
  return Math.log(factor / LEAST_FACTOR) / Math.log(MOST_FACTOR / LEAST_FACTOR);
}
