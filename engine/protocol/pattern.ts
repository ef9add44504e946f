// The pattern of one query head: kind and budget. The field names are those of the command line and of every file we write.
import { z } from 'zod';

const count = z.number().int();

export const densePattern = z.strictObject({ kind: z.literal('dense') });

/** Keys j < sink, and keys with i - j < window. */
export const aShapePattern = z.strictObject({
  kind: z.literal('a_shape'),
  sink: count.nonnegative(),
  window: count.nonnegative(),
});

/** The top `verticals` columns and top `slashes` distances of the estimate from the last `lastQueries` rows (MInference 1.0);
 * the first `forcedSinks` columns and `forcedLocal` distances come first in both. */
export const verticalSlashPattern = z.strictObject({
  kind: z.literal('vertical_slash'),
  verticals: count.nonnegative(),
  slashes: count.nonnegative(),
  lastQueries: count.positive().optional(),
  forcedSinks: count.nonnegative().optional(),
  forcedLocal: count.nonnegative().optional(),
});

/** The top `blocks` key blocks of each query block by mean-pooled dot product. blockSize: a power of two from 16 to 1,024. */
export const blockSparsePattern = z.strictObject({
  kind: z.literal('block_sparse'),
  blocks: count.nonnegative(),
  blockSize: count.optional(),
});

export const pattern = z.discriminatedUnion('kind', [densePattern, aShapePattern, verticalSlashPattern, blockSparsePattern]);
export type Pattern = z.infer<typeof pattern>;
export type PatternKind = Pattern['kind'];

/** MInference's constants: the last 64 queries estimate, 30 columns and 100 distances are forced, blocks are 64 wide. */
export const ESTIMATOR_DEFAULTS = { lastQueries: 64, forcedSinks: 30, forcedLocal: 100, blockSize: 64 } as const;

/** The rank of what no budget keeps: a block above the diagonal. */
export const NO_RANK = 0x7fffffff;
