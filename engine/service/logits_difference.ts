// What a prefill predicts beside what another one does.
import type { Comparison } from '../protocol/whole_model.ts';

/** Likely tokens listed of each side. */
const TOP = 5;

/** Softmax in float64. */
function probabilities(logits: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** The largest, largest first; of equals the smaller id. */
function mostLikely(shares: Float64Array): Comparison['logits']['dense'] {
  const top: number[] = [];
  shares.forEach((share, id) => {
    if (top.length === TOP && share <= (shares[top[TOP - 1] ?? 0] ?? 0)) return;
    const place = top.findIndex((other) => share > (shares[other] ?? 0));
    top.splice(place < 0 ? top.length : place, 0, id);
    top.length = Math.min(top.length, TOP);
  });
  return top.map((id) => ({ id, probability: shares[id] ?? 0 }));
}

/** In nats. A token that q rules out counts with the least number there is. */
function divergence(p: Float64Array, q: Float64Array): number {
  let kl = 0;
  p.forEach((share, id) => {
    if (share > 0) kl += share * (Math.log(share) - Math.log(Math.max(q[id] ?? 0, Number.MIN_VALUE)));
  });
  return kl;
}

/** dense and sparse: logits of one row, [vocab] each. */
export function logitsDifference(dense: Float32Array, sparse: Float32Array): Comparison['logits'] {
  const [p, q] = [probabilities(dense), probabilities(sparse)];
  let maxAbs = 0;
  dense.forEach((logit, id) => {
    maxAbs = Math.max(maxAbs, Math.abs(logit - (sparse[id] ?? 0)));
  });
  const [first, second] = [mostLikely(p), mostLikely(q)];
  return { maxAbs, kl: divergence(p, q), top1Same: first[0]?.id === second[0]?.id, dense: first, sparse: second };
}

/** dense and sparse: logits of rows [firstRow, firstRow + rows), [rows, vocab] each. */
export function tailDifference(dense: Float32Array, sparse: Float32Array, rows: number, firstRow: number): Comparison['tail'] {
  const vocab = dense.length / rows;
  const found = { rows, meanKl: 0, maxKl: Number.NEGATIVE_INFINITY, maxKlRow: firstRow, top1Same: 0 };
  for (let row = 0; row < rows; row += 1) {
    const [p, q] = [dense, sparse].map((side) => probabilities(side.subarray(row * vocab, (row + 1) * vocab)));
    if (!p || !q) continue;
    const kl = divergence(p, q);
    found.meanKl += kl / rows;
    if (kl > found.maxKl) Object.assign(found, { maxKl: kl, maxKlRow: firstRow + row });
    if (mostLikely(p)[0]?.id === mostLikely(q)[0]?.id) found.top1Same += 1;
  }
  return found;
}
