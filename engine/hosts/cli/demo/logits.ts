// Two predictions of the same next token.

/** log of the softmax, in float64. */
function logProbabilities(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const sum = logits.reduce((total, value) => total + Math.exp(value - largest), 0);
  return Float64Array.from(logits, (value) => value - largest - Math.log(sum));
}

export interface LogitsDifference {
  maxAbs: number;
  /** KL(a || b), nats. */
  kl: number;
  /** Most likely token of each, and its probability there. */
  a: { id: number; probability: number };
  b: { id: number; probability: number };
}

/** Logits [vocab] of the same place in two runs. */
export function compareLogits(a: Float32Array, b: Float32Array): LogitsDifference {
  if (a.length !== b.length || a.length === 0) throw new RangeError(`Logits of ${a.length} and ${b.length} tokens cannot be compared`);
  const [logA, logB] = [logProbabilities(a), logProbabilities(b)];
  let maxAbs = 0;
  let kl = 0;
  for (let id = 0; id < a.length; id += 1) {
    maxAbs = Math.max(maxAbs, Math.abs((a[id] ?? 0) - (b[id] ?? 0)));
    kl += Math.exp(logA[id] ?? 0) * ((logA[id] ?? 0) - (logB[id] ?? 0));
  }
  const top = (log: Float64Array) => {
    let id = 0;
    for (let at = 1; at < log.length; at += 1) if ((log[at] ?? 0) > (log[id] ?? 0)) id = at;
    return { id, probability: Math.exp(log[id] ?? 0) };
  };
  return { maxAbs, kl: Math.max(0, kl), a: top(logA), b: top(logB) };
}
