// When two patterns are the same mask.
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';

/** The same for patterns that mean the same mask: fields left out and those spelled as the defaults are one. */
export function patternKey(pattern: Pattern): string {
  const { lastQueries, forcedSinks, forcedLocal, blockSize } = ESTIMATOR_DEFAULTS;
  switch (pattern.kind) {
    case 'dense':
      return 'dense';
    case 'a_shape':
      return `a ${pattern.sink} ${pattern.window}`;
    case 'vertical_slash': {
      const estimator = [pattern.lastQueries ?? lastQueries, pattern.forcedSinks ?? forcedSinks, pattern.forcedLocal ?? forcedLocal];
      return `v ${pattern.verticals} ${pattern.slashes} ${estimator.join(' ')}`;
    }
    case 'block_sparse':
      return `b ${pattern.blocks} ${pattern.blockSize ?? blockSize}`;
  }
}

export function samePattern(a: Pattern, b: Pattern): boolean {
  return a === b || (a.kind === b.kind && patternKey(a) === patternKey(b));
}
