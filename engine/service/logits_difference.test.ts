import { expect, it } from 'vitest';
import { logitsDifference, tailDifference } from './logits_difference.ts';

it('compares two predictions', () => {
  const [dense, sparse] = [
    [1, 3, 2, -40],
    [1.5, 2, 2.5, -40],
  ].map((row) => Float32Array.from(row));
  const softmax = (row: Float32Array) => {
    const sum = row.reduce((total, logit) => total + Math.exp(logit), 0);
    return [...row].map((logit) => Math.exp(logit) / sum);
  };
  const [p, q] = [softmax(dense!), softmax(sparse!)];
  const found = logitsDifference(dense!, sparse!);
  expect(found).toMatchObject({
    maxAbs: 1,
    top1Same: false,
    dense: [{ id: 1 }, { id: 2 }, { id: 0 }, { id: 3 }],
    sparse: [{ id: 2 }, { id: 1 }, { id: 0 }, { id: 3 }],
  });
  expect(found.kl).toBeCloseTo(
    p!.reduce((sum, share, id) => sum + share * Math.log(share / q![id]!), 0),
    12,
  );
  expect(found.dense[0]!.probability).toBeCloseTo(p![1]!, 12);
  expect(found.sparse[0]!.probability).toBeCloseTo(q![2]!, 12);
  expect(logitsDifference(dense!, dense!)).toMatchObject({ maxAbs: 0, kl: 0, top1Same: true });
  // Logits that exp() of would overflow, and a token that the other side rules out.
  const extreme = logitsDifference(Float32Array.of(1000, 0), Float32Array.of(-1000, 0));
  expect(extreme.maxAbs).toBe(2000);
  expect(extreme.kl).toBeGreaterThan(700);
  expect(Number.isFinite(extreme.kl)).toBe(true);
});

it('lists the five most likely tokens, and compares the last rows one by one', () => {
  const dense = Float32Array.of(0, 9, 1, 8, 2, 7, 3, 6);
  expect(logitsDifference(dense, dense).dense.map(({ id }) => id)).toEqual([1, 3, 5, 7, 6]);
  const rows = [
    [1, 2],
    [3, 1],
    [0, 0.5],
  ];
  const other = [
    [1, 2],
    [1, 3],
    [0, 0.25],
  ];
  const flat = (table: number[][]) => Float32Array.from(table.flat());
  const each = rows.map((row, at) => logitsDifference(Float32Array.from(row), Float32Array.from(other[at]!)).kl);
  const found = tailDifference(flat(rows), flat(other), 3, 100);
  expect(found).toMatchObject({ rows: 3, maxKlRow: 101, top1Same: 2 });
  expect(found.maxKl).toBeCloseTo(each[1]!, 12);
  expect(found.meanKl).toBeCloseTo((each[0]! + each[1]! + each[2]!) / 3, 12);
});
