// Every method of the engine in one table. The schemas are the types; params are validated on arrival.
import { z } from 'zod';
import { library } from './library.ts';
import {
  MAX_CONFIG_CHARS,
  MAX_HEADS_ASKED,
  MAX_NEW_TOKENS,
  MAX_PAIRS_ASKED,
  MAX_PROMPT_CHARS,
  MAX_PROMPT_TOKENS,
  MAX_REPEATS,
} from './limits.ts';
import { pattern } from './pattern.ts';
import {
  device,
  evaluation,
  framesSent,
  headPlace,
  headScores,
  index,
  indexResult,
  path,
  planPlace,
  positive,
  prompt,
  rect,
  runId,
  runInfo,
  searchProcedure,
  size,
  surface,
  threads,
} from './records.ts';
import { comparison, configTable, headMeasurement, measuredTable, originTable, patternTable, scoreTable } from './whole_model.ts';

/** One method. `event` is what arrives before the result, `frames` says which binary frames do. */
interface MethodShape {
  params: z.ZodType;
  result: z.ZodType;
  event?: z.ZodType;
  frames?: string;
}

const nothing = z.strictObject({});
const writtenFile = z.strictObject({ path: z.string(), dtype: z.string(), shape: z.array(z.number().int()) });
/** The text of a config file, Headscope's or MInference's; the codec decides. */
const document = z.string().max(MAX_CONFIG_CHARS);
/** Absent or `auto`: the best of this machine. Asked by name, it must be there. */
const backend = z.enum(['auto', 'cpu', 'cuda']).optional();
/** What MInference's format, which has no word for dense, writes for such a head; absent: it is refused. */
const denseAs = z.strictObject({ verticals: positive, slashes: positive }).optional();

export const methods = {
  'engine.info': {
    params: nothing,
    result: z.strictObject({
      protocol: z.number().int(),
      build: z.string(),
      devices: z.array(device),
      hardwareThreads: positive,
      availableBytes: z.number(),
      writesFiles: z.boolean(),
    }),
  },
  'engine.doctor': {
    params: nothing,
    result: z.strictObject({
      checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string() })),
    }),
  },

  /** Models, prompts, saved runs, captures and configs that this host knows of. */
  'library.list': { params: nothing, result: library },

  'checkpoint.inspect': {
    params: z.strictObject({ model: path, planFor: z.array(positive).max(16).optional() }),
    result: z.strictObject({
      path: z.string(),
      name: z.string(),
      architecture: z.string(),
      layers: positive,
      heads: positive,
      kvHeads: positive,
      headDim: positive,
      hiddenSize: positive,
      intermediateSize: positive,
      vocabSize: positive,
      rope: z.record(z.string(), z.unknown()),
      rmsNormEps: z.number(),
      parametersByDtype: z.record(z.string(), z.number()),
      parameters: z.number(),
      weightBytes: z.number(),
      files: z.array(z.string()),
      tied: z.boolean(),
      contextLength: positive,
      tokenizerPresent: z.boolean(),
      /** Hash of config, headers and sizes; configs refer to a model by it. */
      identity: z.string(),
      weightsSha256: z.string().nullable(),
      /** Bytes a prefill of so many tokens holds at its peak, by place. */
      plans: z.array(z.strictObject({ tokens: positive, places: z.array(planPlace) })),
      notes: z.array(z.string()),
    }),
  },

  /** Memory and time of a prefill that keeps everything, before it is started. Throws PROMPT_TOO_LONG where no setting fits. */
  'checkpoint.plan': {
    params: z.strictObject({ model: path, tokens: positive, threads }),
    result: z.strictObject({
      tokens: positive,
      places: z.array(planPlace),
      /** Memory of the process at the peak; pages of files are not counted. */
      heldBytes: z.number(),
      usableBytes: z.number(),
      /** Layer inputs kept on disk because memory does not hold them; 0: in memory. */
      spilledBytes: z.number(),
      /** One entry a backend; `times` is null where it is not there. Dense attention, extrapolated from the speed just measured. */
      backends: z.array(
        device.extend({ times: z.strictObject({ linearMs: z.number(), attentionMs: z.number(), totalMs: z.number() }).nullable() }),
      ),
    }),
  },

  'tokenizer.encode': {
    params: z.strictObject({ model: path, text: z.string().max(MAX_PROMPT_CHARS) }),
    result: z.strictObject({ ids: z.array(z.number().int()) }),
  },
  /** The readable text of every id by itself. */
  'tokenizer.decode': {
    params: z.strictObject({ model: path, ids: z.array(index).max(MAX_PROMPT_TOKENS) }),
    result: z.strictObject({ texts: z.array(z.string()) }),
  },

  'run.prefill': {
    params: z.strictObject({
      model: path,
      prompt,
      /** Patterns of every head; absent: dense everywhere. */
      config: document.optional(),
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
        config: document.optional(),
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
      config: document,
      /** Compared with; absent: dense. */
      baseline: document.optional(),
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
    params: z.strictObject({ document, to: z.enum(['headscope', 'minference']), model: path.optional(), denseAs }),
    result: z.strictObject({ text: z.string(), notes: z.array(z.string()) }),
  },
  'config.read': { params: z.strictObject({ document, model: path.optional() }), result: configTable },
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
    params: z.strictObject({ document, model: path.optional() }),
    result: z.strictObject({
      format: z.enum(['headscope', 'minference']),
      layers: positive,
      heads: positive,
      kinds: z.record(z.string(), index),
      notes: z.array(z.string()),
    }),
  },
} as const satisfies Record<string, MethodShape>;

export type Methods = typeof methods;
export type Method = keyof Methods;
export type Params<M extends Method> = z.infer<Methods[M]['params']>;
export type Result<M extends Method> = z.infer<Methods[M]['result']>;
export type EventOf<M extends Method> = Methods[M] extends { event: infer E extends z.ZodType } ? z.infer<E> : never;

export function isMethod(name: string): name is Method {
  return Object.hasOwn(methods, name);
}
