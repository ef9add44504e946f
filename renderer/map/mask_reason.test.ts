import { expect, test } from 'vitest';
import { missedBecause } from './mask_reason.ts';
import { maskRule } from './mask_rule.ts';

test('a missed pair names the ranks that its budgets leave out, from 0', () => {
  const shape = { kind: 'a_shape', sink: 4, window: 10 } as const;
  expect(missedBecause(maskRule(shape, null, 3000), shape, 2000, 50)).toBe(': key 50 ≥ 4, distance 1,950 ≥ 10');
  expect(missedBecause(maskRule(shape, null, 3000), shape, 2000, 2)).toBe('');
  const tokens = 300;
  const columns = Int32Array.from({ length: tokens }, (_, at) => tokens - 1 - at);
  const distances = Int32Array.from({ length: tokens }, (_, at) => (at * 7) % tokens);
  const slash = { kind: 'vertical_slash', verticals: 40, slashes: 60 } as const;
  const rule = maskRule(slash, { kind: 'vertical_slash', columns, distances }, tokens);
  expect(missedBecause(rule, slash, 250, 210)).toBe(': column rank 89 ≥ 40, slash rank 280 ≥ 60');
  const blocks = { kind: 'block_sparse', blocks: 1, blockSize: 64 } as const;
  const ranks = Int32Array.from({ length: 25 }, (_, at) => at % 5);
  const blockRule = maskRule(blocks, { kind: 'block_sparse', blocks: ranks, side: 5, blockSize: 64 }, tokens);
  expect(missedBecause(blockRule, blocks, 200, 130)).toBe(': block rank 2 ≥ 1');
  expect(missedBecause({ kind: 'unknown' }, slash, 250, 210)).toBe('');
});
