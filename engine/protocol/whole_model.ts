// Records of the questions about all heads at once: a config as a table, its measurement, its prefill beside the dense one.
import { z } from 'zod';
import { pattern } from './pattern.ts';
import { index, positive } from './records.ts';

/** [layers][heads] */
export const patternTable = z
  .array(
    z
      .array(pattern)
      .min(1)
      .max(1 << 14),
  )
  .min(1)
  .max(4096);
/** [layers][heads]; null: not known. */
export const scoreTable = z.array(z.array(z.number().nullable()));
export const originTable = z.array(z.array(z.string().max(4096).nullable()));

/** [layers][heads]: mean kept mass and executed tiles of causal ones; null: not measured. */
export const measuredTable = z.array(
  z.array(z.strictObject({ recall: z.number().min(0).max(1.01), density: z.number().min(0).max(1.01) }).nullable()),
);

export const configTable = z.strictObject({
  format: z.enum(['headscope', 'minference']),
  layers: positive,
  heads: positive,
  patterns: z.array(z.array(pattern)),
  /** As the file gives them: recalls, or what its procedure scored. */
  scores: scoreTable,
  /** Who chose the pattern, as the file says it. */
  origins: originTable,
  notes: z.array(z.string()),
});
export type ConfigTable = z.infer<typeof configTable>;

export const headMeasurement = z.strictObject({
  layer: index,
  head: index,
  pattern,
  /** Mean and least kept mass of rows [fromRow, rows). */
  recall: z.number(),
  minRecall: z.number(),
  /** Fractions of causal cells and of causal 64x64 tiles, over all rows. */
  nominal: z.number(),
  executed: z.number(),
});
export type HeadMeasurement = z.infer<typeof headMeasurement>;

const milliseconds = z.number().min(0);

export const layerComparison = z.strictObject({
  /** Attention of the layer, the making of indices not counted. */
  denseMs: milliseconds,
  sparseMs: milliseconds,
  indexMs: milliseconds,
  /** 64x64 tiles multiplied by all heads, and those that all heads would multiply densely. */
  tiles: z.number(),
  causal: z.number(),
  /** Heads that ran dense because their pattern would not have been faster. */
  ranDense: z.array(index),
  /** ||dense - sparse|| / ||dense|| of the hidden state that leaves the layer: over all rows, and of the last. Null where keeping both
   * runs' hidden states would take too much memory. */
  hidden: z.strictObject({ relL2: z.number(), lastRelL2: z.number() }).nullable(),
});
export type LayerComparison = z.infer<typeof layerComparison>;

export const comparison = z.strictObject({
  layers: z.array(layerComparison),
  /** Of the last row: largest difference, KL(dense || sparse) in nats, and whether both predict the same token. */
  logits: z.strictObject({
    maxAbs: z.number(),
    kl: z.number(),
    top1Same: z.boolean(),
    /** The token ids with the largest logits, largest first, and their probabilities. */
    dense: z.array(z.strictObject({ id: index, probability: z.number() })).min(1),
    sparse: z.array(z.strictObject({ id: index, probability: z.number() })).min(1),
  }),
  /** Over the last rows: KL of each as above, and how many predict the same token. */
  tail: z.strictObject({ rows: positive, meanKl: z.number(), maxKl: z.number(), maxKlRow: index, top1Same: index }),
  /** The whole prefills, run in turns under the same conditions; times are medians of `repeats`. "Dense" is the baseline config where one
   * was given. */
  repeats: positive,
  threads: positive,
  denseMs: milliseconds,
  sparseMs: milliseconds,
  notes: z.array(z.string()),
});
export type Comparison = z.infer<typeof comparison>;
