// Causal attention of one head in float64, written out plainly: what the tests hold the addon against.

/** Reproducible numbers in about [-1, 1). */
export function randomFloats(count: number, seed: number): Float32Array {
  const out = new Float32Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = (state / 2 ** 32) * 2 - 1;
  }
  return out;
}

export interface ReferenceHead {
  rows: number;
  headDim: number;
  scale: number;
  /** [rows, headDim] of this head and of its key-value head. */
  q: Float32Array;
  k: Float32Array;
  v: Float32Array;
}

/** The head `head` of q [heads, n, d], k and v [kvHeads, n, d]. */
export function headOf(
  arrays: { q: Float32Array; k: Float32Array; v: Float32Array },
  shape: { heads: number; kvHeads: number; headDim: number; rows: number; scale: number },
  head: number,
): ReferenceHead {
  const size = shape.rows * shape.headDim;
  const kv = Math.floor(head / (shape.heads / shape.kvHeads));
  return {
    rows: shape.rows,
    headDim: shape.headDim,
    scale: shape.scale,
    q: arrays.q.subarray(head * size, (head + 1) * size),
    k: arrays.k.subarray(kv * size, (kv + 1) * size),
    v: arrays.v.subarray(kv * size, (kv + 1) * size),
  };
}

export function score(head: ReferenceHead, i: number, j: number): number {
  let sum = 0;
  for (let t = 0; t < head.headDim; t += 1) sum += head.q[i * head.headDim + t]! * head.k[j * head.headDim + t]!;
  return sum * head.scale;
}

/** Natural log-sum-exp of row i over the kept keys j <= i; -Infinity where none is kept. */
export function rowLse(head: ReferenceHead, i: number, kept: (i: number, j: number) => boolean = () => true): number {
  const scores: number[] = [];
  for (let j = 0; j <= i; j += 1) if (kept(i, j)) scores.push(score(head, i, j));
  const largest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return scores.length === 0 ? largest : largest + Math.log(scores.reduce((sum, s) => sum + Math.exp(s - largest), 0));
}

/** P[i][j], 0 above the diagonal. */
export function probabilities(head: ReferenceHead): Float64Array[] {
  return Array.from({ length: head.rows }, (_, i) => {
    const lse = rowLse(head, i);
    return Float64Array.from({ length: head.rows }, (_unused, j) => (j <= i ? Math.exp(score(head, i, j) - lse) : 0));
  });
}

/** Output [rows, headDim] over the kept keys, renormalised; 0 where a row keeps none. */
export function output(head: ReferenceHead, kept: (i: number, j: number) => boolean = () => true): Float64Array {
  const out = new Float64Array(head.rows * head.headDim);
  for (let i = 0; i < head.rows; i += 1) {
    const lse = rowLse(head, i, kept);
    for (let j = 0; j <= i; j += 1) {
      if (!kept(i, j)) continue;
      const p = Math.exp(score(head, i, j) - lse);
      for (let t = 0; t < head.headDim; t += 1) out[i * head.headDim + t]! += p * head.v[j * head.headDim + t]!;
    }
  }
  return out;
}

/** The `budget` indices with the largest sums, the first `forced` before all others, ties by index; ascending. */
export function topIndices(sums: Float64Array, budget: number, forced: number): number[] {
  return Array.from(sums.keys())
    .sort((a, b) => Number(b < forced) - Number(a < forced) || (a < forced && b < forced ? a - b : sums[b]! - sums[a]! || a - b))
    .slice(0, budget)
    .sort((a, b) => a - b);
}
