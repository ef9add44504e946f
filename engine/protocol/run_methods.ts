// Methods of runs: made, opened, kept, measured, compared.
import { z } from 'zod';
import { MAX_HEADS_ASKED, MAX_NEW_TOKENS, MAX_REPEATS } from './limits.ts';
import { pattern } from './pattern.ts';
import { backend, configText, framesSent, index, nothing, path, positive, prompt, runId, runInfo, threads } from './records.ts';
import { comparison, headMeasurement, patternTable } from './whole_model.ts';

const writtenFile = z.strictObject({ path: z.string(), dtype: z.string(), shape: z.array(z.number().int()) });

export const runMethods = {
  'run.prefill': {
    params: z.strictObject({
      model: path,
      prompt,
      /** Patterns of every head; absent: dense everywhere. */
      config: configText.optional(),
      /** One pattern for every head, instead of a config. */
      pattern: pattern.optional(),
      /** vertical_slash as MInference's converter makes it. */
      compat: z.boolean().optional(),
      /** Run a sparse head densely where that is cheaper (default true). */
      denseWherePays: z.boolean().optional(),
      backend,
      threads,
      /** Defaults: all. Without layer inputs a run answers logits, LSE and overviews, nothing else;
       * `disk` keeps them in files from the start, as happens by itself where they do not fit the memory. */
      keep: z.strictObject({ layerInputs: z.union([z.boolean(), z.literal('disk')]), overviews: z.boolean(), lse: z.boolean() }).optional(),
    }),
    result: runInfo,
  },
  /** A saved run. The model is found where the run says, or at `model`. */
  'run.open': { params: z.strictObject({ path, model: path.optional(), backend }), result: runInfo },
  /** A folder of q, k, v of any framework's model. */
  'run.capture': { params: z.strictObject({ path, backend }), result: runInfo },
  'run.list': { params: nothing, result: z.strictObject({ runs: z.array(runInfo) }) },
  'run.tokens': {
    params: z.strictObject({ runId, begin: index, end: index }),
    result: z.strictObject({ ids: z.array(z.number().int()) }),
  },
  /** Logits of rows [begin, end): f32 frames of whole rows, or of a part of one row where a row is larger than a frame. */
  'run.logits': {
    params: z.strictObject({ runId, begin: index, end: index }),
    result: framesSent,
    frames: 'f32, row blocks in order',
  },
  'run.save': { params: z.strictObject({ runId, path }), result: z.strictObject({ path: z.string(), bytes: z.number() }) },
  /** What deleting a saved run would take. Throws RUN_NOT_FOUND and, for a folder that holds anything but a run's files, RUN_INVALID. */
  'run.folder': {
    params: z.strictObject({ path }),
    result: z.strictObject({
      path: z.string(),
      model: z.string(),
      rows: positive,
      created: z.string(),
      files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int().min(0) })),
    }),
  },
  /** Deletes a saved run's files and its folder, on hosts that may write; an open run of it stays open. */
  'run.delete': { params: z.strictObject({ path }), result: z.strictObject({ path: z.string(), bytes: z.number() }) },
  /** .npy files, on hosts that may write. */
  'run.exports': {
    params: z.strictObject({
      runId,
      logits: z.strictObject({ path, last: z.boolean() }).optional(),
      lse: path.optional(),
      qkv: path.optional(),
      hidden: path.optional(),
      threads,
    }),
    result: z.strictObject({ files: z.array(writtenFile) }),
  },
  /** Every head under its pattern, an event a head: of a config, or of a table of patterns. */
  'run.measure': {
    params: z
      .strictObject({
        runId,
        config: configText.optional(),
        patterns: patternTable.optional(),
        /** Absent: every head of every layer that the run has. */
        heads: z
          .array(z.strictObject({ layer: index, head: index }))
          .min(1)
          .max(MAX_HEADS_ASKED)
          .optional(),
        fromRow: index.optional(),
        threads,
      })
      .refine(({ config, patterns }) => (config === undefined) !== (patterns === undefined), 'needs either config or patterns'),
    event: headMeasurement,
    result: z.strictObject({ heads: index, elapsedMs: z.number() }),
  },
  /** The run's prompt through its model again, dense (or with another config) and with the config. Neither run is kept. */
  'run.compare': {
    params: z.strictObject({
      runId,
      config: configText,
      /** Compared with; absent: dense. */
      baseline: configText.optional(),
      /** Prefills of each side (default 1). */
      repeats: positive.max(MAX_REPEATS).optional(),
      denseWherePays: z.boolean().optional(),
      threads,
    }),
    result: comparison,
  },
  /** Greedy text after the run's prompt: its keys and values as the prefill left them, every new token dense. */
  'run.generate': {
    params: z.strictObject({
      runId,
      maxNew: positive.max(MAX_NEW_TOKENS),
      /** Tokens that end the text; absent: those the model's config.json names. */
      stopTokens: z.array(index).max(64).optional(),
      threads,
    }),
    result: z.strictObject({
      /** Without the token that stopped it. */
      ids: z.array(index),
      /** null where the model has no tokenizer. */
      text: z.string().nullable(),
      stopped: z.boolean(),
      /** The prompt's keys and values projected again; all steps. */
      cacheMs: z.number(),
      decodeMs: z.number(),
    }),
  },
  'run.close': { params: z.strictObject({ runId }), result: nothing },
} as const;
