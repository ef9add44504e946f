// Methods that find a config, and that read and write its documents.
import { z } from 'zod';
import { pattern } from './pattern.ts';
import { configText, denseAs, headScores, index, path, positive, runId, searchProcedure, threads } from './records.ts';
import { configTable, measuredTable, originTable, patternTable, scoreTable } from './whole_model.ts';

export const configMethods = {
  'search.run': {
    params: z
      .strictObject({
        runId,
        /** Default: released. */
        procedure: searchProcedure.optional(),
        /** Of the procedure target: mean kept mass over all rows that a head must reach. */
        targetRecall: z.number().gt(0).max(1).optional(),
        /** Of the procedure target: the pattern kinds it may choose; absent: all three. */
        kinds: z
          .array(z.enum(['a_shape', 'vertical_slash', 'block_sparse']))
          .min(1)
          .max(3)
          .optional(),
        /** Absent: every layer and head that the run has. The config holds dense for the others. */
        layers: z.array(index).min(1).max(4096).optional(),
        heads: z.array(index).min(1).max(4096).optional(),
        /** A-shape and block-sparse winners become vertical_slash, as the released code writes them. */
        remap: z.boolean().optional(),
        format: z.enum(['headscope', 'minference']).optional(),
        denseAs,
        threads,
      })
      .refine(
        ({ procedure, targetRecall }) => (procedure === 'target') === (targetRecall !== undefined),
        'needs targetRecall with the procedure target, and only with it',
      ),
    event: headScores,
    result: z.strictObject({
      /** The document's text in the asked format, ready to be written. */
      text: z.string(),
      /** How many heads each candidate won: released in the candidates' order, target most heads first. */
      winners: z.array(z.strictObject({ pattern, heads: index })),
      heads: index,
      medianRecall: z.number(),
      meanDensity: z.number(),
      /** Rows [scoredFrom, rows) are scored. */
      scoredFrom: index,
      rows: positive,
      skipped: z.array(pattern),
      notes: z.array(z.string()),
      elapsedMs: z.number(),
    }),
  },

  'config.convert': {
    params: z.strictObject({ document: configText, to: z.enum(['headscope', 'minference']), model: path.optional(), denseAs }),
    result: z.strictObject({ text: z.string(), notes: z.array(z.string()) }),
  },
  'config.read': { params: z.strictObject({ document: configText, model: path.optional() }), result: configTable },
  /** The text of a config of the run's model; a captured run has no identity to name. */
  'config.write': {
    params: z.strictObject({
      patterns: patternTable,
      origins: originTable,
      scores: scoreTable.optional(),
      /** Of the patterns themselves, measured on this run over rows [first, end). */
      measured: z.strictObject({ rows: z.tuple([index, positive]), heads: measuredTable }).optional(),
      runId,
      to: z.enum(['headscope', 'minference']),
      denseAs,
    }),
    result: z.strictObject({ text: z.string(), notes: z.array(z.string()) }),
  },
  'config.check': {
    params: z.strictObject({ document: configText, model: path.optional() }),
    result: z.strictObject({
      format: z.enum(['headscope', 'minference']),
      layers: positive,
      heads: positive,
      kinds: z.record(z.string(), index),
      notes: z.array(z.string()),
    }),
  },
} as const;
