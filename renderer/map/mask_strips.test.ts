import { describe, expect, test } from 'vitest';
import { ColumnPeaks } from './column_peaks.ts';
import { columnShare, distanceShare, KeptCounts, keptBelow, keptBetween, keptShare, keptTouched } from './kept_counts.ts';
import { shuffledRanks } from './mask_ranks.fixture.ts';
import { type Diagonals, keeps, keepsColumn, keepsDistance } from './mask_rule.ts';
import { firstTokens, lineBeside, type StripView, shareStrips, tokenStrips } from './mask_strips.ts';

const TOKENS = 300;
const RULE: Diagonals = {
  kind: 'diagonals',
  columns: 60,
  distances: 130,
  columnRanks: shuffledRanks(TOKENS, 30, 7),
  distanceRanks: shuffledRanks(TOKENS, 100, 9),
};
const COUNTS = keptBelow(RULE, TOKENS);
const shareOf = (q: number, k: number, size: number) =>
  keptShare(columnShare(COUNTS, TOKENS, k, size), distanceShare(COUNTS, TOKENS, q - k, size));
const stripsFor = (pixels: number) => ({ columns: new Float32Array(4 * pixels + 32), distances: new Float32Array(4 * pixels + 32) });

describe('kept counts', () => {
  test('count kept positions, fractions included', () => {
    const columns = Array.from({ length: TOKENS }, (_, k) => (keepsColumn(RULE, k) ? 1 : 0));
    expect(keptBetween(COUNTS, 0, TOKENS, 0, TOKENS)).toBe(60);
    expect(keptBetween(COUNTS, 1, TOKENS, 0, TOKENS)).toBe(130);
    expect(keptBetween(COUNTS, 0, TOKENS, 40, 90)).toBe(columns.slice(40, 90).reduce<number>((sum, one) => sum + one, 0));
    expect(keptBetween(COUNTS, 0, TOKENS, 40.25, 40.75)).toBeCloseTo(0.5 * columns[40]!, 12);
    expect(keptBetween(COUNTS, 0, TOKENS, -20, 10)).toBe(10);
    expect(keptBetween(COUNTS, 0, TOKENS, 290, 900)).toBe(columns.slice(290).reduce<number>((sum, one) => sum + one, 0));
    expect(keptTouched(COUNTS, 0, TOKENS, 40.9, 41.1)).toBe(columns[40]! + columns[41]!);
  });

  test('are made again for another budget, and only then', () => {
    const kept = new KeptCounts();
    expect(kept.of(RULE, TOKENS)[2 * TOKENS]).toBe(60);
    expect(kept.of({ ...RULE }, TOKENS)[2 * TOKENS]).toBe(60);
    expect(kept.of({ ...RULE, columns: 61 }, TOKENS)[2 * TOKENS]).toBe(61);
  });

  test('a cell of one token in a kept column is kept', () => {
    for (let q = 100; q < 110; q += 1)
      for (let k = 0; k <= q - 10; k += 1) if (keepsColumn(RULE, k)) expect(shareOf(q, k, 1)).toBeCloseTo(1, 12);
  });

  test('a cell of many tokens shows about the share that a count of them gives', () => {
    const size = 24;
    for (const [q, k] of [
      [200, 20],
      [240, 100],
      [260, 8],
      [220, 60],
    ] as const) {
      let kept = 0;
      for (let i = q; i < q + size; i += 1) for (let j = k; j < k + size; j += 1) if (keeps(RULE, i, j)) kept += 1;
      expect(Math.abs(shareOf(q, k, size) - kept / size ** 2)).toBeLessThan(0.06);
    }
  });
});

describe('strips', () => {
  test('by token say what the rule says, for every pixel and its neighbours', () => {
    for (const view of [
      { keyStart: 40.3, queryStart: 90.8, tokensPerPixel: 0.2, pixels: 100 },
      { keyStart: 0, queryStart: 0, tokensPerPixel: 0.25, pixels: 64 },
      { keyStart: 284, queryStart: 284, tokensPerPixel: 0.25, pixels: 64 },
    ] satisfies StripView[]) {
      const into = stripsFor(view.pixels);
      tokenStrips(RULE, TOKENS, view, into);
      const first = firstTokens(view);
      const side = view.pixels * view.tokensPerPixel;
      for (let q = Math.floor(view.queryStart) - 1; q <= Math.floor(view.queryStart + side) + 1; q += 1) {
        for (let k = Math.floor(view.keyStart) - 1; k <= Math.floor(view.keyStart + side) + 1; k += 1) {
          if (k < 0 || q < k || q >= TOKENS) continue;
          const kept = into.columns[2 * (k - first.column)] === 1 || into.distances[2 * (q - k - first.distance)] === 1;
          expect(kept, `row ${q}, key ${k}`).toBe(keeps(RULE, q, k));
        }
      }
    }
  });

  test('by pixel hold the shares of the pixel’s column and diagonal', () => {
    const view: StripView = { keyStart: 12.5, queryStart: 100.25, tokensPerPixel: 3.5, pixels: 40 };
    const into = stripsFor(view.pixels);
    shareStrips(COUNTS, TOKENS, view, 0.5, into);
    for (let y = 0; y < view.pixels; y += 3) {
      for (let x = 0; x < view.pixels; x += 3) {
        const k = view.keyStart + x * view.tokensPerPixel;
        const q = view.queryStart + y * view.tokensPerPixel;
        const share = keptShare(into.columns[2 * x + 1]!, into.distances[2 * (y - x + view.pixels - 1) + 1]!);
        expect(share).toBeCloseTo(shareOf(q, k, view.tokensPerPixel), 5);
      }
    }
  });
});

describe('lines beside what is kept', () => {
  const tokens = 1000;
  const rule: Diagonals = { kind: 'diagonals', columns: 1, distances: 100, columnRanks: null, distanceRanks: null };
  const ranks = new Int32Array(tokens).fill(tokens);
  ranks[500] = 0;
  const isolated = keptBelow({ ...rule, columnRanks: ranks, distanceRanks: ranks }, tokens);
  const band = keptBelow(rule, tokens);

  test('stand three pixels off an isolated column, weaker, with a casing between; nothing on it or far away', () => {
    const at = (pixels: number) => lineBeside(isolated, 0, tokens, 500.5 + 2 * pixels, 2, 0.4);
    expect(at(0)).toBe(0);
    expect(at(4)).toBeCloseTo(0.4, 2);
    expect(at(-4)).toBeCloseTo(0.4, 2);
    expect(at(2.6)).toBeLessThan(0);
    expect(at(20)).toBe(0);
  });

  test('are full beside a band', () => {
    expect(keepsDistance(rule, 99) && !keepsDistance(rule, 100)).toBe(true);
    expect(lineBeside(band, 1, tokens, 100 + 4, 1, 0.4)).toBe(1);
    expect(lineBeside(band, 1, tokens, 50, 1, 0.4)).toBe(0);
  });
});

describe('column peaks', () => {
  test('are the largest mean of every stretch', () => {
    const mass = Float64Array.from({ length: 137 }, (_, k) => ((k * 7919) % 101) / 7);
    const peaks = new ColumnPeaks(mass);
    for (const [a, b] of [
      [0, 137],
      [0, 1],
      [5, 6],
      [3, 64],
      [64, 128],
      [17, 133],
      [136, 137],
      [40, 40],
    ] as const) {
      let expected = 0;
      for (let k = a; k < b; k += 1) expected = Math.max(expected, mass[k]! / (mass.length - k));
      expect(peaks.largest(a, b)).toBe(expected);
    }
  });
});
