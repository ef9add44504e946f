// One prompt run densely and with a config: times by layer, and what the last token predicts.
import type { ReportData, ReportPrefill } from '../../../figures/report/report_data.ts';
import type { Client } from '../../../protocol/client.ts';
import type { RunInfo } from '../../../protocol/records.ts';

export function reportPrefill(run: RunInfo): ReportPrefill {
  return {
    totalMs: run.totalMs ?? 0,
    layers: run.timings.map(({ executedTiles, causalTiles, ranDense, ...times }) => ({
      ...times,
      executedTiles: executedTiles.reduce((sum, tiles) => sum + tiles, 0),
      causalTiles: causalTiles * run.heads,
      ranDense: ranDense.length,
    })),
  };
}

/** Softmax in float64. */
function probabilities(logits: Float32Array): Float64Array {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

const argmax = (values: Float64Array): number => values.reduce((best, value, place) => (value > (values[best] ?? 0) ? place : best), 0);

/** dense and sparse: last-token logits, [vocab]. */
export async function compareLogits(
  client: Client,
  model: string,
  dense: Float32Array,
  sparse: Float32Array,
  signal: AbortSignal,
): Promise<ReportData['logits']> {
  const [p, q] = [probabilities(dense), probabilities(sparse)];
  const ids = [argmax(p), argmax(q)] as const;
  const texts = await client.call('tokenizer.decode', { model, ids: [...ids] }, { signal }).then(
    (decoded) => decoded.texts,
    // A model without a tokenizer has ids only.
    () => ids.map((id) => `token ${id}`),
  );
  let maxAbs = 0;
  let kl = 0;
  dense.forEach((logit, id) => {
    maxAbs = Math.max(maxAbs, Math.abs(logit - (sparse[id] ?? 0)));
    const share = p[id] ?? 0;
    if (share > 0) kl += share * (Math.log(share) - Math.log(Math.max(q[id] ?? 0, Number.MIN_VALUE)));
  });
  return {
    maxAbs,
    kl,
    dense: { id: ids[0], text: texts[0] ?? '', probability: p[ids[0]] ?? 0 },
    sparse: { id: ids[1], text: texts[1] ?? '', probability: q[ids[1]] ?? 0 },
  };
}
