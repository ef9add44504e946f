// One prompt run densely and with a config: times by layer, and what the last token predicts.
import type { ReportData, ReportPrefill } from '../../../figures/report/report_data.ts';
import type { Client } from '../../../protocol/client.ts';
import type { RunInfo } from '../../../protocol/records.ts';
import { logitsDifference } from '../../../service/logits_difference.ts';

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

/** dense and sparse: last-token logits, [vocab]. */
export async function compareLogits(
  client: Client,
  model: string,
  dense: Float32Array,
  sparse: Float32Array,
  signal: AbortSignal,
): Promise<ReportData['logits']> {
  const found = logitsDifference(dense, sparse);
  const [first, second] = [found.dense[0], found.sparse[0]];
  if (!first || !second) throw new RangeError('no logits');
  const ids = [first.id, second.id];
  const texts = await client.call('tokenizer.decode', { model, ids }, { signal }).then(
    (decoded) => decoded.texts,
    // A model without a tokenizer has ids only.
    () => ids.map((id) => `token ${id}`),
  );
  return {
    maxAbs: found.maxAbs,
    kl: found.kl,
    dense: { ...first, text: texts[0] ?? '' },
    sparse: { ...second, text: texts[1] ?? '' },
  };
}
