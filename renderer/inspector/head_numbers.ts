// The four numbers of a pattern on a head, from the best source there is, and which one that was.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { EvaluationResult, SurfaceResult } from '../../engine/protocol/records.ts';
import type { Measurement } from '../state/measurements.ts';
import { samePattern } from '../state/pattern_identity.ts';
import { lookUp } from '../state/surface_lookup.ts';

/** surface: read off the head's table; measured: one pass for this very pattern; definition: dense keeps everything. All are exact over
 * all rows of the run. */
export type NumbersGround = 'surface' | 'measured' | 'definition';

export interface HeadNumbers {
  recall: number;
  /** 1 - recall. */
  missed: number;
  /** Fractions of causal cells and of causal tiles. */
  nominal: number;
  executed: number;
  ground: NumbersGround;
}

export interface NumberSources {
  surface: SurfaceResult | null;
  measurement: Measurement | null;
  evaluation: EvaluationResult | null;
}

/** Null where nothing known is of this pattern: never the numbers of another. */
export function numbersOf(pattern: Pattern, { surface, measurement, evaluation }: NumberSources): HeadNumbers | null {
  if (pattern.kind === 'dense') return { recall: 1, missed: 0, nominal: 1, executed: 1, ground: 'definition' };
  const point = surface ? lookUp(surface, pattern) : null;
  if (point) return { ...point, ground: 'surface' };
  if (measurement && samePattern(measurement.pattern, pattern)) {
    const { recall, missed, nominal, executed } = measurement;
    return { recall, missed, nominal, executed, ground: 'measured' };
  }
  if (!evaluation) return null;
  const { mean } = evaluation.recall;
  return { recall: mean, missed: 1 - mean, nominal: evaluation.density.nominal, executed: evaluation.density.executed, ground: 'measured' };
}
