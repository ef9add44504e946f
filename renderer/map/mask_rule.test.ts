import { describe, expect, test } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Ranks } from '../state/surfaces.ts';
import { shuffledRanks as shuffled } from './mask_ranks.fixture.ts';
import { keeps, keptBy, maskRule } from './mask_rule.ts';

const TOKENS = 300;

const RANKS: Ranks = { kind: 'vertical_slash', columns: shuffled(TOKENS, 30, 7), distances: shuffled(TOKENS, 100, 9) };

const vertical = (verticals: number, slashes: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes });

describe('mask rule', () => {
  test('vertical-slash keeps the columns and distances of lowest rank, with the floors of the engine', () => {
    const rule = maskRule(vertical(10, 120), RANKS, TOKENS);
    let kept = 0;
    for (let q = 0; q < TOKENS; q += 1) {
      for (let k = 0; k <= q; k += 1) {
        const expected = RANKS.kind === 'vertical_slash' && (RANKS.columns[k]! < 30 || RANKS.distances[q - k]! < 120);
        expect(keeps(rule, q, k)).toBe(expected);
        if (expected) kept += 1;
      }
    }
    expect(kept).toBeGreaterThan(0);
  });

  test('a-shape by arithmetic, dense everything, block-sparse by the block', () => {
    const shape = maskRule({ kind: 'a_shape', sink: 3, window: 5 }, null, TOKENS);
    expect([keeps(shape, 100, 2), keeps(shape, 100, 3), keeps(shape, 100, 95), keeps(shape, 100, 96)]).toEqual([true, false, false, true]);
    expect(keeps(maskRule({ kind: 'dense' }, null, TOKENS), 9, 0)).toBe(true);
    const side = Math.ceil(TOKENS / 64);
    const blocks = new Int32Array(side * side).fill(0x7fffffff);
    for (let a = 0; a < side; a += 1) for (let b = 0; b <= a; b += 1) blocks[a * side + b] = (b * 3 + a) % (a + 1);
    const rule = maskRule({ kind: 'block_sparse', blocks: 2 }, { kind: 'block_sparse', blocks, side, blockSize: 64 }, TOKENS);
    for (const [q, k] of [
      [299, 0],
      [130, 70],
      [64, 64],
      [255, 200],
    ] as const) {
      expect(keeps(rule, q, k)).toBe(blocks[Math.floor(q / 64) * side + Math.floor(k / 64)]! < 2);
    }
  });

  test('is unknown without the ranks it needs, or with those of another input', () => {
    expect(maskRule(vertical(100, 100), null, TOKENS).kind).toBe('unknown');
    expect(maskRule(vertical(100, 100), RANKS, TOKENS + 1).kind).toBe('unknown');
    expect(keeps({ kind: 'unknown' }, 5, 1)).toBeNull();
  });

  test('says what keeps a cell', () => {
    const pattern: Pattern = { kind: 'a_shape', sink: 4, window: 10 };
    const rule = maskRule(pattern, null, TOKENS);
    expect(keptBy(rule, pattern, 200, 3)).toBe('sink');
    expect(keptBy(rule, pattern, 200, 195)).toBe('window');
    expect(keptBy(rule, pattern, 200, 50)).toBeNull();
    expect(keptBy({ kind: 'unknown' }, pattern, 200, 50)).toBeUndefined();
  });
});
