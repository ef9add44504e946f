// What people read and see for a pattern: its name, its budget in a few characters, its 12 x 12 glyph.
import { ESTIMATOR_DEFAULTS, type Pattern, type PatternKind } from '../../engine/protocol/pattern.ts';
import { wholeNumber } from './numbers.ts';

export const PATTERN_NAMES: Readonly<Record<PatternKind, string>> = {
  vertical_slash: 'Vertical-Slash',
  a_shape: 'A-shape',
  block_sparse: 'Block-Sparse',
  dense: 'Dense',
};

/** The most common kind first: the order of legends and menus. */
export const PATTERN_KINDS: readonly PatternKind[] = ['vertical_slash', 'a_shape', 'block_sparse', 'dense'];

/** SVG path data in a 12 x 12 box, filled with the text's colour. */
export const PATTERN_GLYPHS: Readonly<Record<PatternKind | 'none', string>> = {
  vertical_slash: 'M1 1h1.4v10H1zM3.4 1.6 11.6 9.8l-1 1L3.4 3.6zM3.4 6 8.4 11h-2l-3-3z',
  a_shape: 'M1 1h2.4L11 8.6V11H8.6L3.6 6v5H1z',
  block_sparse: 'M1 1h3v3H1zM4.6 4.6h3v3h-3zM8 8h3v3H8zM1 8h3v3H1z',
  dense: 'M1 1l10 10H1z',
  none: 'M1.5 1.5h2v1h-2zM5 1.5h2v1H5zM8.5 1.5h2v1h-2zM1.5 9.5h2v1h-2zM5 9.5h2v1H5zM8.5 9.5h2v1h-2zM1.5 4h1v4h-1zM9.5 4h1v4h-1z',
};

/** '1,000 / 4,096', '100 blocks', '128 / 800', 'all keys' */
export function budgetText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'vertical_slash':
      return `${wholeNumber(pattern.verticals)} / ${wholeNumber(pattern.slashes)}`;
    case 'a_shape':
      return `${wholeNumber(pattern.sink)} / ${wholeNumber(pattern.window)}`;
    case 'block_sparse': {
      const side = pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize;
      return `${wholeNumber(pattern.blocks)} ${pattern.blocks === 1 ? 'block' : 'blocks'}${side === ESTIMATOR_DEFAULTS.blockSize ? '' : ` of ${side}`}`;
    }
    case 'dense':
      return 'all keys';
  }
}

/** 'Vertical-Slash 1,000 / 4,096' */
export function patternText(pattern: Pattern): string {
  return pattern.kind === 'dense' ? PATTERN_NAMES.dense : `${PATTERN_NAMES[pattern.kind]} ${budgetText(pattern)}`;
}

/** Where a head's pattern came from. */
export const ORIGIN_WORDS = { imported: 'imported', searched: 'searched', hand: 'edited', default: 'default' } as const;
