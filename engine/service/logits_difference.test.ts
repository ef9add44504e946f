import { expect, it } from 'vitest';
import { logitsDifference } from './logits_difference.ts';

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
  expect(found).toMatchObject({ maxAbs: 1, top1Same: false, dense: { id: 1 }, sparse: { id: 2 } });
  expect(found.kl).toBeCloseTo(
    p!.reduce((sum, share, id) => sum + share * Math.log(share / q![id]!), 0),
    12,
  );
  expect(found.dense.probability).toBeCloseTo(p![1]!, 12);
  expect(found.sparse.probability).toBeCloseTo(q![2]!, 12);
  expect(logitsDifference(dense!, dense!)).toMatchObject({ maxAbs: 0, kl: 0, top1Same: true });
  // Logits that exp() of would overflow, and a token that the other side rules out.
  const extreme = logitsDifference(Float32Array.of(1000, 0), Float32Array.of(-1000, 0));
  expect(extreme.maxAbs).toBe(2000);
  expect(extreme.kl).toBeGreaterThan(700);
  expect(Number.isFinite(extreme.kl)).toBe(true);
});
