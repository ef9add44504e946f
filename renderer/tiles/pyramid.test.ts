import { describe, expect, test } from 'vitest';
import { levelFor, parentOf, tileRect, tilesIn, topLevel, transposed } from './pyramid.ts';

describe('pyramid', () => {
  test('the top tile holds everything', () => {
    for (const tokens of [1, 255, 256, 257, 7644, 8192, 131_072, 131_073]) {
      const level = topLevel(tokens);
      expect(tileRect({ level, y: 0, x: 0 }, tokens)).toEqual([0, tokens, 0, tokens]);
      if (level > 0) expect(256 * 2 ** (level - 1)).toBeLessThan(tokens);
    }
  });

  test('a cell is never much smaller than a pixel, nor larger than two', () => {
    for (let perPixel = 0.01; perPixel < 400; perPixel *= 1.07) {
      const cell = 2 ** levelFor(perPixel, 1 << 20);
      expect(cell / perPixel).toBeGreaterThanOrEqual(0.899);
      if (perPixel > 1) expect(cell / perPixel).toBeLessThan(2);
    }
    expect(levelFor(400, 1000)).toBe(topLevel(1000));
  });

  test('tiles in view are exactly those that hold a causal pair of it', () => {
    const tokens = 3000;
    const view = { q0: 500.5, q1: 1800, k0: 200, k1: 1536 };
    for (const level of [0, 1, 2]) {
      const span = 256 * 2 ** level;
      const expected = new Set<string>();
      for (let q = Math.floor(view.q0); q < view.q1; q += 1) {
        for (let k = Math.floor(view.k0); k < view.k1; k += 1) {
          if (k <= q) expected.add(`${Math.floor(q / span)}/${Math.floor(k / span)}`);
        }
      }
      const found = tilesIn(view, level, tokens);
      // A tile on the diagonal is among them even where only its upper half is in view.
      const names = new Set(found.map(({ y, x }) => `${y}/${x}`));
      for (const name of expected) expect(names).toContain(name);
      for (const { y, x } of found) {
        expect(x).toBeLessThanOrEqual(y);
        if (x < y) expect(expected).toContain(`${y}/${x}`);
      }
      expect(names.size).toBe(found.length);
    }
  });

  test('nearest to the middle first', () => {
    const view = { q0: 2048, q1: 4096, k0: 0, k1: 2048 };
    const [first, ...rest] = tilesIn(view, 0, 8192);
    const distance = ({ y, x }: { y: number; x: number }) => Math.hypot((y + 0.5) * 256 - 3072, (x + 0.5) * 256 - 1024);
    let before = distance(first!);
    for (const tile of rest) {
      expect(distance(tile)).toBeGreaterThanOrEqual(before - 1e-9);
      before = distance(tile);
    }
  });

  test('the last tiles end with the matrix; views outside it want nothing', () => {
    expect(tileRect({ level: 1, y: 14, x: 3 }, 7644)).toEqual([7168, 7644, 1536, 2048]);
    expect(tilesIn({ q0: 8000, q1: 9000, k0: 0, k1: 100 }, 0, 7644)).toEqual([]);
    expect(tilesIn({ q0: 10, q1: 10, k0: 0, k1: 100 }, 0, 7644)).toEqual([]);
  });

  test('a parent covers its child', () => {
    const child = { level: 1, y: 7, x: 4 };
    const [q0, q1, k0, k1] = tileRect(child, 1 << 20);
    const [pq0, pq1, pk0, pk1] = tileRect(parentOf(child), 1 << 20);
    expect(pq0 <= q0 && q1 <= pq1 && pk0 <= k0 && k1 <= pk1).toBe(true);
    expect(transposed({ q0: 1, q1: 2, k0: 3, k1: 4 })).toEqual({ q0: 3, q1: 4, k0: 1, k1: 2 });
  });
});
