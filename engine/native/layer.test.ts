// The questions to a captured layer, against float64 references.
import { beforeAll, describe, expect, it } from 'vitest';
import type { NativeAddon, NativeLayer, NativePattern } from './addon.ts';
import { loadAddon } from './load.ts';
import { headOf, output, probabilities, randomFloats, rowLse, topIndices } from './reference_attention.ts';

const shape = { heads: 4, kvHeads: 2, headDim: 32, rows: 300, scale: 0.9 / Math.sqrt(32) };
const { rows } = shape;
const arrays = {
  q: randomFloats(shape.heads * rows * shape.headDim, 1).map((x) => 3 * x),
  k: randomFloats(shape.kvHeads * rows * shape.headDim, 2).map((x) => 3 * x),
  v: randomFloats(shape.kvHeads * rows * shape.headDim, 3),
};
const HEAD = 3;
const head = headOf(arrays, shape, HEAD);
const P = probabilities(head);
const dense = output(head);

let addon: NativeAddon;
let layer: NativeLayer;
beforeAll(() => {
  addon = loadAddon();
  layer = addon.captureLayer(arrays.q, arrays.k, arrays.v, shape);
});

function largestDifference(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let worst = 0;
  for (let i = 0; i < found.length; i += 1) worst = Math.max(worst, Math.abs(found[i]! - wanted[i]!));
  return worst;
}

const vertical = {
  kind: 'vertical_slash',
  verticals: 60,
  slashes: 130,
  lastQueries: 64,
  forcedSinks: 30,
  forcedLocal: 100,
} satisfies NativePattern;
function verticalIndex(): { columns: Set<number>; distances: Set<number> } {
  const columnSums = new Float64Array(rows);
  const distanceSums = new Float64Array(rows);
  for (let i = rows - 64; i < rows; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      columnSums[j]! += P[i]![j]!;
      distanceSums[i - j]! += P[i]![j]!;
    }
  }
  return { columns: new Set(topIndices(columnSums, 60, 30)), distances: new Set(topIndices(distanceSums, 130, 100)) };
}

describe('a captured layer', () => {
  it('knows its shape and gives its arrays back', () => {
    expect({ heads: layer.heads, kvHeads: layer.kvHeads, headDim: layer.headDim, rows: layer.rows }).toEqual({
      heads: 4,
      kvHeads: 2,
      headDim: 32,
      rows: 300,
    });
    for (const which of ['q', 'k', 'v'] as const) {
      const back = new Float32Array(arrays[which].length);
      layer.copy(which, back);
      expect(back).toEqual(arrays[which]);
    }
  });

  it('computes the log-sum-exp of every head', async () => {
    for (let h = 0; h < shape.heads; h += 1) {
      const found = new Float32Array(rows);
      await layer.lse(h, found, 2).promise;
      const wanted = Array.from({ length: rows }, (_, i) => rowLse(headOf(arrays, shape, h), i));
      expect(largestDifference(found, wanted)).toBeLessThan(2e-5);
    }
  });

  it('gives exact probabilities of any rectangle', async () => {
    const [q0, q1, k0, k1] = [97, 231, 60, 190] as const;
    const found = new Float32Array((q1 - q0) * (k1 - k0));
    await layer.tile(HEAD, [q0, q1, k0, k1], k1 - k0, q1 - q0, 'sum', found, 2).promise;
    const wanted = P.slice(q0, q1).flatMap((row) => Array.from(row.slice(k0, k1)));
    expect(largestDifference(found, wanted)).toBeLessThan(1e-5);
  });

  it.each(['sum', 'max', 'mean'] as const)('aggregates cells by %s', async (aggregate) => {
    const [width, height] = [7, 11];
    const found = new Float32Array(width * height);
    await layer.tile(HEAD, [0, rows, 0, rows], width, height, aggregate, found, 1).promise;
    const wanted = new Float64Array(width * height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const cell: number[] = [];
        for (let i = Math.floor((y * rows) / height); i < Math.floor(((y + 1) * rows) / height); i += 1) {
          for (let j = Math.floor((x * rows) / width); j < Math.floor(((x + 1) * rows) / width); j += 1) if (j <= i) cell.push(P[i]![j]!);
        }
        const sum = cell.reduce((a, b) => a + b, 0);
        if (cell.length > 0)
          wanted[y * width + x] = aggregate === 'sum' ? sum : aggregate === 'max' ? Math.max(...cell) : sum / cell.length;
      }
    }
    expect(largestDifference(found, wanted)).toBeLessThan(2e-5 * (aggregate === 'sum' ? 100 : 1));
  });

  it('sums columns and distances', async () => {
    const columns = new Float64Array(rows);
    const distances = new Float64Array(rows);
    await layer.profiles(HEAD, columns, distances, 2).promise;
    const wantedColumns = new Float64Array(rows);
    const wantedDistances = new Float64Array(rows);
    P.forEach((row, i) => {
      for (let j = 0; j <= i; j += 1) {
        wantedColumns[j]! += row[j]!;
        wantedDistances[i - j]! += row[j]!;
      }
    });
    expect(largestDifference(columns, wantedColumns)).toBeLessThan(1e-4);
    expect(largestDifference(distances, wantedDistances)).toBeLessThan(1e-4);
  });

  it('draws overviews whose sum is the number of rows', async () => {
    const sum = new Float32Array(256 * 256);
    const max = new Float32Array(256 * 256);
    await layer.overview(HEAD, sum, max, 2).promise;
    expect(Math.abs(sum.reduce((a, b) => a + b, 0) - rows)).toBeLessThan(0.01);
    // Bin 255 of 300 rows is rows 298 and 299, of keys the same.
    expect(Math.abs(max[256 * 256 - 1]! - Math.max(P[298]![298]!, P[299]![298]!, P[299]![299]!))).toBeLessThan(1e-5);
  });
});

describe('indices', () => {
  it('resolve a_shape with its tiles', async () => {
    const index = await layer.index(HEAD, { kind: 'a_shape', sink: 4, window: 10 }, false, 1).promise;
    expect(index.columns).toEqual(Int32Array.of(0, 1, 2, 3));
    expect(index.distances).toEqual(Int32Array.from({ length: 10 }, (_, d) => d));
    // Two 64-key chunks for the window and, from the third tile on, one gather for the sinks.
    expect(index.executedTiles).toEqual(Int32Array.of(1, 2, 3, 3, 3));
    expect(index.effective).toEqual({ kind: 'a_shape', sink: 4, window: 10 });
    let cells = 0;
    for (let i = 0; i < rows; i += 1) for (let j = 0; j <= i; j += 1) cells += Number(j < 4 || i - j < 10);
    expect(index.nominalCells).toBe(cells);
    expect(index.blockSize).toBeUndefined();
  });

  it('resolve vertical_slash by the last rows', async () => {
    const index = await layer.index(HEAD, vertical, false, 2).promise;
    const { columns, distances } = verticalIndex();
    expect(Array.from(index.columns!)).toEqual([...columns]);
    expect(Array.from(index.distances!)).toEqual([...distances]);
    expect(index.effective).toEqual(vertical);
  });

  it('resolve block_sparse as CSR over block rows', async () => {
    const index = await layer.index(HEAD, { kind: 'block_sparse', blocks: 3, blockSize: 32 }, false, 2).promise;
    const blockRows = Math.ceil(rows / 32);
    expect(index.blockSize).toBe(32);
    expect(index.rowStart).toHaveLength(blockRows + 1);
    expect(index.rowBlocks).toHaveLength(index.rowStart![blockRows]!);
    const pooled = (x: Float32Array, block: number) => {
      const mean = new Float64Array(shape.headDim);
      for (let i = block * 32; i < Math.min(rows, block * 32 + 32); i += 1) {
        for (let t = 0; t < shape.headDim; t += 1) mean[t]! += x[i * shape.headDim + t]! / 32;
      }
      return mean;
    };
    for (let a = 0; a < blockRows; a += 1) {
      const q = pooled(head.q, a);
      const scores = Float64Array.from({ length: a + 1 }, (_, b) => pooled(head.k, b).reduce((sum, x, t) => sum + x * q[t]!, 0));
      expect(Array.from(index.rowBlocks!.slice(index.rowStart![a], index.rowStart![a + 1]))).toEqual(topIndices(scores, 3, 0));
    }
  });

  it('give the converted lists in compat', async () => {
    const index = await layer.index(HEAD, vertical, true, 1).promise;
    const tiles = Math.ceil(rows / 64);
    const exact = await layer.index(HEAD, vertical, false, 1).promise;
    expect([index.columns, index.distances]).toEqual([exact.columns, exact.distances]);
    expect(index.rangeStart).toHaveLength(tiles + 1);
    expect(index.columnStart).toHaveLength(tiles + 1);
    expect(index.rangeKeys).toHaveLength(index.rangeStart![tiles]!);
    expect(index.compatColumns).toHaveLength(index.columnStart![tiles]!);
    // Whatever the budget keeps, the wider ranges keep too.
    const { columns, distances } = verticalIndex();
    for (let i = 0; i < rows; i += 7) {
      const m = Math.floor(i / 64);
      const ranges = Array.from(index.rangeKeys!.slice(index.rangeStart![m], index.rangeStart![m + 1]));
      const singles = new Set(index.compatColumns!.slice(index.columnStart![m], index.columnStart![m + 1]));
      for (let j = 0; j <= i; j += 1) {
        if (columns.has(j) || distances.has(i - j)) expect(singles.has(j) || ranges.some((k) => j >= k && j < k + 64)).toBe(true);
      }
    }
  });

  it('leave dense without lists', async () => {
    const index = await layer.index(0, { kind: 'dense' }, false, 1).promise;
    expect(index.columns).toBeUndefined();
    expect(index.executedTiles).toEqual(Int32Array.of(1, 2, 3, 4, 5));
    expect(index.nominalCells).toBe((rows * (rows + 1)) / 2);
  });
});

describe('evaluations', () => {
  it.each([
    ['a_shape', { kind: 'a_shape', sink: 20, window: 33 }, () => (i: number, j: number) => j < 20 || i - j < 33],
    [
      'vertical_slash',
      vertical,
      () => {
        const { columns, distances } = verticalIndex();
        return (i: number, j: number) => columns.has(j) || distances.has(i - j);
      },
    ],
  ] satisfies [string, NativePattern, () => (i: number, j: number) => boolean][])('measure %s', async (_name, pattern, mask) => {
    const kept = mask();
    const found = await layer.evaluate(HEAD, pattern, false, 2, () => {}).promise;
    const recall = P.map((row, i) => row.reduce((sum, p, j) => sum + (j <= i && kept(i, j) ? p : 0), 0));
    expect(largestDifference(found.rowRecall, recall)).toBeLessThan(1e-5);
    const sparse = output(head, kept);
    let difference = 0;
    let norm = 0;
    let worst = 0;
    sparse.forEach((x, i) => {
      difference += (x - dense[i]!) ** 2;
      norm += dense[i]! ** 2;
      worst = Math.max(worst, Math.abs(x - dense[i]!));
    });
    expect(found.outputRelL2).toBeCloseTo(Math.sqrt(difference / norm), 4);
    expect(found.outputMaxAbs).toBeCloseTo(worst, 4);
    const index = await layer.index(HEAD, pattern, false, 1).promise;
    expect(found.executedTiles).toBe(index.executedTiles.reduce((a, b) => a + b, 0));
    expect(found.nominalCells).toBe(index.nominalCells);
    expect([found.columns, found.distances, found.causalTiles]).toEqual([index.columns!.length, index.distances!.length, 15]);
    expect(found.effective).toEqual(pattern);
  });

  it('say NaN for the output of a capture without v', async () => {
    const blind = addon.captureLayer(arrays.q, arrays.k, null, shape);
    const found = await blind.evaluate(0, { kind: 'a_shape', sink: 1, window: 1 }, false, 1, () => {}).promise;
    expect(found.outputRelL2).toBeNaN();
    expect(found.rowRecall[0]).toBeCloseTo(1, 5);
    expect(() => blind.copy('v', new Float32Array(arrays.v.length))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    blind.close();
  });

  it('draw the mask they measured', async () => {
    const found = new Float32Array(rows * rows);
    await layer.maskTile(HEAD, { kind: 'a_shape', sink: 4, window: 10 }, false, [0, rows, 0, rows], rows, rows, found, 1).promise;
    for (let i = 0; i < rows; i += 1) {
      for (let j = 0; j < rows; j += 1) {
        const wanted = j > i ? Number.NaN : Number(j < 4 || i - j < 10);
        if (!Object.is(found[i * rows + j], wanted)) expect([i, j, found[i * rows + j]]).toEqual([i, j, wanted]);
      }
    }
  });
});

describe('measurements', () => {
  it.each([
    { kind: 'a_shape', sink: 20, window: 33 },
    vertical,
    { kind: 'block_sparse', blocks: 2, blockSize: 32 },
    { kind: 'dense' },
  ] satisfies NativePattern[])('say of $kind what an evaluation says, without outputs', async (pattern) => {
    // A layer of its own: the dense log-sum-exp is not known yet.
    const fresh = addon.captureLayer(arrays.q, arrays.k, null, shape);
    const found = await fresh.measure(HEAD, pattern, false, 2).promise;
    const wanted = await layer.evaluate(HEAD, pattern, false, 2, () => {}).promise;
    expect(largestDifference(found.rowRecall, wanted.rowRecall)).toBeLessThan(1e-6);
    const { nominalCells, executedTiles, causalTiles, effective } = wanted;
    expect(found).toMatchObject({ nominalCells, executedTiles, causalTiles, effective });
    const again = await fresh.measure(HEAD, pattern, false, 1).promise;
    expect(again.rowRecall).toEqual(found.rowRecall);
    fresh.close();
  });
});

describe('ranks', () => {
  const estimator = { lastQueries: 64, forcedSinks: 30, forcedLocal: 100, blockSize: 32 };

  it('order columns and distances by the last rows, forced ones first', async () => {
    const [columns, distances] = [new Int32Array(rows), new Int32Array(rows)];
    await layer.ranks({ head: HEAD, kind: 'vertical_slash', ...estimator }, columns, distances, 2).promise;
    const { columns: kept, distances: near } = verticalIndex();
    expect(columns.map((rank) => Number(rank < 60))).toEqual(Int32Array.from({ length: rows }, (_, j) => Number(kept.has(j))));
    expect(distances.map((rank) => Number(rank < 130))).toEqual(Int32Array.from({ length: rows }, (_, d) => Number(near.has(d))));
    expect([...columns.slice(0, 30)]).toEqual(Array.from({ length: 30 }, (_, j) => j));
    expect([...distances].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, d) => d));
  });

  it('order the blocks of every row', async () => {
    const blocks = Math.ceil(rows / 32);
    const ranks = new Int32Array(blocks * blocks);
    await layer.ranks({ head: HEAD, kind: 'block_sparse', ...estimator }, ranks, new Int32Array(0), 2).promise;
    for (const budget of [1, 3, blocks]) {
      const index = await layer.index(HEAD, { kind: 'block_sparse', blocks: budget, blockSize: 32 }, false, 1).promise;
      for (let a = 0; a < blocks; a += 1) {
        const wanted = [...index.rowBlocks!.slice(index.rowStart![a], index.rowStart![a + 1])];
        const row = ranks.slice(a * blocks, (a + 1) * blocks);
        expect(Array.from(row.keys()).filter((b) => row[b]! < budget)).toEqual(wanted);
        expect(row.slice(a + 1).every((rank) => rank === 0x7fffffff)).toBe(true);
      }
    }
  });

  it('refuse what they cannot order, and arrays of another size', () => {
    const ask = (change: object, first = rows, second = rows) => {
      const request = { head: HEAD, kind: 'vertical_slash', ...estimator, ...change } as const;
      return () => layer.ranks(request, new Int32Array(first), new Int32Array(second), 1);
    };
    for (const wrong of [
      ask({ kind: 'a_shape' }),
      ask({ kind: 'dense' }),
      ask({ head: 4 }),
      ask({ blockSize: 48 }),
      ask({ lastQueries: 0 }),
      ask({}, rows - 1),
      ask({}, rows, 0),
      ask({ kind: 'block_sparse' }, 100, 1),
    ]) {
      expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    }
  });
});

describe('surfaces', () => {
  it('equal the evaluation at every edge', async () => {
    const edges: [Int32Array, Int32Array] = [Int32Array.of(30, 60, 200), Int32Array.of(100, 130, 250)];
    const bandStart = Int32Array.of(0, 150, rows);
    const request = {
      head: HEAD,
      kind: 'vertical_slash',
      edges,
      lastQueries: 64,
      forcedSinks: 30,
      forcedLocal: 100,
      blockSize: 64,
      bandStart,
    } as const;
    const surface = await layer.surface(request, 2, () => {}).promise;
    expect(surface.bandMass).toHaveLength(2 * 3 * 3);
    expect(surface.causalTiles).toBe(15);
    for (const [a, verticals] of edges[0].entries()) {
      for (const [b, slashes] of edges[1].entries()) {
        const exact = await layer.evaluate(HEAD, { ...vertical, verticals, slashes }, false, 2, () => {}).promise;
        const cell = a * 3 + b;
        expect(surface.nominalCells[cell]).toBe(exact.nominalCells);
        expect(surface.executedTiles[cell]).toBe(exact.executedTiles);
        const halves = [exact.rowRecall.slice(0, 150), exact.rowRecall.slice(150)].map((half) => half.reduce((x, y) => x + y, 0));
        expect(Math.abs(surface.bandMass[cell]! - halves[0]!)).toBeLessThan(2e-3);
        expect(Math.abs(surface.bandMass[9 + cell]! - halves[1]!)).toBeLessThan(2e-3);
      }
    }
  });
});
