// How figures and reports write numbers, patterns and heads.
import { ESTIMATOR_DEFAULTS, type Pattern, type PatternKind } from '../protocol/pattern.ts';

export const count = (value: number) => Math.round(value).toLocaleString('en-US');
/** 0.0263 -> '2.6 %' */
export const percent = (share: number, decimals = 1) => `${minus((share * 100).toFixed(decimals))} %`;
export const recallText = (recall: number) => minus(recall.toFixed(3));
export const headName = (layer: number, head: number) => `L${layer} H${head}`;
export const minus = (text: string) => text.replace('-', '−');

export const KIND_NAMES: Record<PatternKind, string> = {
  dense: 'Dense',
  a_shape: 'A-shape',
  vertical_slash: 'Vertical-Slash',
  block_sparse: 'Block-Sparse',
};

/** For columns where the full names do not fit. */
export const SHORT_KIND_NAMES: Record<PatternKind, string> = { ...KIND_NAMES, vertical_slash: 'Vert-Slash', block_sparse: 'Block' };

/** '1,000 / 6,096', '100 / 800', '100 × 64' (blocks of so many tokens) or nothing for dense. */
export function budgetText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'dense':
      return '';
    case 'a_shape':
      return `${count(pattern.sink)} / ${count(pattern.window)}`;
    case 'vertical_slash':
      return `${count(pattern.verticals)} / ${count(pattern.slashes)}`;
    case 'block_sparse':
      return `${count(pattern.blocks)} × ${pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize}`;
  }
}

export const patternText = (pattern: Pattern) => `${KIND_NAMES[pattern.kind]} ${budgetText(pattern)}`.trim();

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
/** -18 -> '2⁻¹⁸' */
export function powerOfTwo(exponent: number): string {
  const digits = Array.from(String(Math.abs(exponent)), (digit) => SUPERSCRIPTS[Number(digit)] ?? '');
  return `2${exponent < 0 ? '⁻' : ''}${digits.join('')}`;
}
