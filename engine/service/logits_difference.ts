// What a prefill predicts beside what another one does.
import type { Comparison } from '../protocol/whole_model.ts';

/** Softmax in float64. */
function probabilities(logits: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

const argmax = (values: Float64Array): number => values.reduce((best, value, place) => (value > (values[best] ?? 0) ? place : best), 0);

/** dense and sparse: logits of one row, [vocab] each. */
export function logitsDifference(dense: Float32Array, sparse: Float32Array): Comparison['logits'] {
  const [p, q] = [probabilities(dense), probabilities(sparse)];
  let maxAbs = 0;
  let kl = 0;
  dense.forEach((logit, id) => {
    maxAbs = Math.max(maxAbs, Math.abs(logit - (sparse[id] ?? 0)));
    const share = p[id] ?? 0;
    if (share > 0) kl += share * (Math.log(share) - Math.log(Math.max(q[id] ?? 0, Number.MIN_VALUE)));
  });
  const [first, second] = [argmax(p), argmax(q)];
  return {
    maxAbs,
    kl,
    top1Same: first === second,
    dense: { id: first, probability: p[first] ?? 0 },
    sparse: { id: second, probability: q[second] ?? 0 },
  };
}
