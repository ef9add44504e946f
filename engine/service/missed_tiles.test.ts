import { expect, test } from 'vitest';
import type { NativeIndex } from '../native/addon.ts';
import { keptKeys, MissedCells } from './missed_tiles.ts';

const ROWS = 90;
const none: NativeIndex = {
  bytes: 0,
  estimateMs: 0,
  indexMs: 0,
  executedTiles: new Int32Array(2),
  causalTiles: new Int32Array(),
  nominalCells: 0,
  effective: { kind: 'dense' },
};

/** Pairs (i, j) hold a value of their own; brute force over the definition. */
const pair = (i: number, j: number) => (j <= i ? 1 / (1 + ((i * 31 + j * 17) % 97)) : 0);

function check(index: NativeIndex, isKept: (i: number, j: number) => boolean) {
  const rect = [20, 87, 10, 60] as const;
  const [q0, q1, k0, k1] = rect;
  const width = 8;
  const height = 9;
  const cells = new MissedCells([...rect], width, height);
  const kept = keptKeys(index, ROWS);
  for (let q = q0; q < q1; q += 25) {
    const end = Math.min(q1, q + 25);
    const pairs = Float32Array.from({ length: (end - q) * (k1 - k0) }, (_, at) =>
      pair(q + Math.floor(at / (k1 - k0)), k0 + (at % (k1 - k0))),
    );
    cells.add(pairs, q, end - q, kept);
  }
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let max = 0;
      let sum = 0;
      for (let i = q0 + Math.floor((y * (q1 - q0)) / height); i < q0 + Math.floor(((y + 1) * (q1 - q0)) / height); i += 1) {
        for (let j = k0 + Math.floor((x * (k1 - k0)) / width); j < k0 + Math.floor(((x + 1) * (k1 - k0)) / width); j += 1) {
          if (j > i || isKept(i, j)) continue;
          max = Math.max(max, pair(i, j));
          sum += pair(i, j);
        }
      }
      expect(cells.max[y * width + x]).toBeCloseTo(max, 6);
      expect(cells.sum[y * width + x]).toBeCloseTo(sum, 4);
    }
  }
}

test('columns and distances', () => {
  const columns = Int32Array.of(0, 1, 12, 33, 59);
  const distances = Int32Array.of(0, 1, 2, 20, 41);
  check({ ...none, columns, distances }, (i, j) => columns.includes(j) || distances.includes(i - j));
});

test('blocks', () => {
  const rowBlocks = Int32Array.of(0, 0, 1, 1, 3, 0, 4, 2, 5);
  const rowStart = Float64Array.of(0, 1, 3, 4, 5, 7, 9);
  check({ ...none, blockSize: 16, rowStart, rowBlocks }, (i, j) => {
    const row = Math.floor(i / 16);
    return rowBlocks.subarray(rowStart[row], rowStart[row + 1]).includes(Math.floor(j / 16));
  });
});
