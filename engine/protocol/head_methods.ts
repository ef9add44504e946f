// Methods of one head of a run: pictures of its attention, and what a pattern keeps of it.
import { z } from 'zod';
import { MAX_PAIRS_ASKED, MAX_REPEATS } from './limits.ts';
import { pattern } from './pattern.ts';
import { evaluation, framesSent, headPlace, index, indexResult, positive, rect, runId, size, surface, threads } from './records.ts';

export const headMethods = {
  /** 256 x 256 cells of a rectangle, largest and sum, log-quantised; newest viewport wins by cancelling the older requests. */
  'map.tile': {
    params: z.strictObject({ ...headPlace, rect, key: z.number().int().min(0).max(0xffffffff) }),
    result: framesSent,
    frames: 'one u8 frame, planes: max, sum',
  },
  /** As map.tile, over the causal pairs that the pattern does not keep: its missed mass, exact at any footprint. */
  'map.missed': {
    params: z.strictObject({ ...headPlace, rect, pattern, key: z.number().int().min(0).max(0xffffffff) }),
    result: framesSent,
    frames: 'one u8 frame, planes: max, sum',
  },
  /** The most probable pairs of a rectangle, larger first, equal ones by row and key; `missedBy`: only pairs that it does not keep. */
  'map.strongest': {
    params: z.strictObject({ ...headPlace, rect, count: positive.max(MAX_PAIRS_ASKED), missedBy: pattern.optional(), threads }),
    result: z.strictObject({ pairs: z.array(z.strictObject({ q: index, k: index, value: z.number() })) }),
  },
  /** Exact probabilities, cell by cell. */
  'map.exact': { params: z.strictObject({ ...headPlace, rect, threads }), result: framesSent, frames: 'f32, row blocks in order' },
  'map.aggregate': {
    params: z.strictObject({ ...headPlace, rect, size, aggregate: z.enum(['sum', 'max', 'mean']), threads }),
    result: framesSent,
    frames: 'f32, row blocks in order',
  },
  /** The fraction of every cell's causal elements that the pattern keeps; NaN where a cell has none. */
  'map.mask': {
    params: z.strictObject({ ...headPlace, rect, size, pattern, compat: z.boolean().optional(), threads }),
    result: framesSent,
    frames: 'f32, row blocks in order',
  },
  /** 256 x 256 bins of whole heads; bin x of n covers [floor(x n / 256), floor((x + 1) n / 256)). */
  'map.overview': {
    params: z.strictObject({ runId, layer: index, heads: z.array(index).max(4096).optional() }),
    result: framesSent,
    frames: 'one f32 frame a head, planes: max, sum; key: the head',
  },
  'map.profiles': {
    params: z.strictObject({ ...headPlace, threads }),
    result: framesSent,
    frames: 'f64 frames; key 0: mass of each column, key 1: mass of each distance, in order where longer than a frame',
  },
  /** The probabilities of one row over keys [0, row]. */
  'map.row': { params: z.strictObject({ ...headPlace, row: index }), result: framesSent, frames: 'f32, one row' },

  'pattern.index': {
    params: z.strictObject({ ...headPlace, pattern, compat: z.boolean().optional(), threads }),
    result: indexResult,
  },
  'pattern.evaluate': {
    params: z.strictObject({
      ...headPlace,
      pattern,
      compat: z.boolean().optional(),
      fromRow: index.optional(),
      /** Calls whose times are taken the median of (default 1). */
      repeats: positive.max(MAX_REPEATS).optional(),
      threads,
    }),
    result: evaluation,
  },
  /** The kept mass of every row under the pattern. */
  'pattern.rows': {
    params: z.strictObject({ ...headPlace, pattern, threads }),
    result: framesSent,
    frames: 'f32 frames of one row, in order where longer than a frame',
  },
  /** The mass that every key column loses, summed over the rows that see it. */
  'pattern.columns': {
    params: z.strictObject({ ...headPlace, pattern, threads }),
    result: framesSent,
    frames: 'f32 frames of one row, in order where longer than a frame',
  },
  'pattern.surface': {
    params: z.strictObject({ ...headPlace, kind: z.enum(['vertical_slash', 'a_shape', 'block_sparse']), threads }),
    result: surface,
  },
  /** In which order budgets take the keys. vertical_slash keeps (i, j) iff rank[j] of key 0 < verticals or rank[i - j] of key 1 <
   * slashes; block_sparse keeps block (a, b) iff its rank in row a < blocks; NO_RANK above the diagonal. */
  'pattern.ranks': {
    params: z.strictObject({
      ...headPlace,
      kind: z.enum(['vertical_slash', 'block_sparse']),
      lastQueries: positive.optional(),
      forcedSinks: index.optional(),
      forcedLocal: index.optional(),
      blockSize: positive.optional(),
      threads,
    }),
    result: framesSent,
    frames:
      'i32; vertical_slash: key 0 ranks of columns, key 1 ranks of distances, in order where longer than a frame; block_sparse: key 0, row blocks in order',
  },
} as const;
