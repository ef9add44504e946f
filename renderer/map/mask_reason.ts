// Why a mask does not keep a pair, in numbers that can be checked: the ranks that would have to be smaller.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { wholeNumber } from '../ui/numbers.ts';
import { keeps, type MaskRule } from './mask_rule.ts';

/** ': column rank 512 ≥ 500, slash rank 901 ≥ 700', or nothing where the pair is kept or nothing is known. */
export function missedBecause(rule: MaskRule, pattern: Pattern | null, q: number, k: number): string {
  if (!pattern || keeps(rule, q, k) !== false) return '';
  const reason = (name: string, rank: number, budget: number) => `${name} ${wholeNumber(rank)} ≥ ${wholeNumber(budget)}`;
  if (rule.kind === 'blocks') {
    const rank = rule.ranks[Math.floor(q / rule.blockSize) * rule.side + Math.floor(k / rule.blockSize)] ?? 0;
    return `: ${reason('block rank', rank, rule.blocks)}`;
  }
  if (rule.kind !== 'diagonals') return '';
  const { columnRanks, distanceRanks } = rule;
  if (!columnRanks || !distanceRanks) return `: ${reason('key', k, rule.columns)}, ${reason('distance', q - k, rule.distances)}`;
  return `: ${reason('column rank', columnRanks[k] ?? 0, rule.columns)}, ${reason('slash rank', distanceRanks[q - k] ?? 0, rule.distances)}`;
}
