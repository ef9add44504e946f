// The records that several methods share.
import { z } from 'zod';
import { MAX_CONFIG_CHARS, MAX_MAP_CELLS, MAX_PATH_CHARS, MAX_PROMPT_CHARS, MAX_PROMPT_TOKENS, MAX_THREADS } from './limits.ts';
import { pattern } from './pattern.ts';

export const index = z.number().int().min(0).max(0x7fffffff);
export const positive = z.number().int().min(1).max(0x7fffffff);
const bytes = z.number().min(0);
const milliseconds = z.number().min(0);

/** A path on the engine's machine; whether it may be read or written is the host's policy. */
export const path = z
  .string()
  .min(1)
  .max(MAX_PATH_CHARS)
  .refine((text) => !text.includes('\0'), 'holds a NUL character');
export const runId = z.string().min(1).max(100);
/** 0 or absent: as many as the machine has. */
export const threads = z.number().int().min(0).max(MAX_THREADS).optional();

/** Text for the model's tokenizer, or token ids. */
export const prompt = z.union([
  z.strictObject({ text: z.string().max(MAX_PROMPT_CHARS) }),
  z.strictObject({ ids: z.array(z.number()).max(MAX_PROMPT_TOKENS) }),
]);
export type Prompt = z.infer<typeof prompt>;

/** Half-open: [q0, q1, k0, k1), q rows and k columns. */
export const rect = z
  .tuple([index, index, index, index])
  .refine(([q0, q1, k0, k1]) => q0 < q1 && k0 < k1, 'needs q0 < q1 and k0 < k1 (both ends half-open)');
export type Rect = z.infer<typeof rect>;

const cells = { width: positive, height: positive };
export const size = z
  .strictObject(cells)
  .refine(({ width, height }) => width * height <= MAX_MAP_CELLS, `is more than ${MAX_MAP_CELLS} cells`);

/** One query head of one layer of a run. */
export const headPlace = { runId, layer: index, head: index };

export const device = z.strictObject({ name: z.string(), description: z.string(), available: z.boolean(), reason: z.string() });

export const planPlace = z.strictObject({ name: z.string(), bytes });

export const layerTiming = z.strictObject({
  attentionMs: milliseconds,
  linearMs: milliseconds,
  indexMs: milliseconds,
  otherMs: milliseconds,
  /** [heads], 64x64 tiles multiplied. */
  executedTiles: z.array(z.number()),
  /** Of one dense head. */
  causalTiles: z.number(),
  /** Heads whose sparse pattern was replaced by dense because it would not pay. */
  ranDense: z.array(index),
});
export type LayerTiming = z.infer<typeof layerTiming>;

export const runInfo = z.strictObject({
  runId,
  kind: z.enum(['prefill', 'saved', 'capture']),
  /** A short name for people, and the hash of the model's files that a config refers to (null for a capture). */
  model: z.strictObject({ name: z.string(), hash: z.string().nullable() }),
  rows: positive,
  layers: positive,
  heads: positive,
  kvHeads: positive,
  headDim: positive,
  vocabSize: positive.nullable(),
  /** Layers that can be asked: a capture may hold some of them. */
  layersPresent: z.array(index),
  promptHash: z.string().nullable(),
  totalMs: milliseconds.nullable(),
  timings: z.array(layerTiming),
  /** What a user should know: clamps, warnings, what was not kept. */
  notes: z.array(z.string()),
});
export type RunInfo = z.infer<typeof runInfo>;

/** Answer of a method that sends frames: how many, and the cells' meaning. */
export const framesSent = z.strictObject({ frames: z.number().int().min(0), rows: positive, columns: positive });

export const indexResult = z.strictObject({
  /** vertical_slash and a_shape: ascending. */
  columns: z.array(index).optional(),
  distances: z.array(index).optional(),
  /** block_sparse: kept key blocks of each block row, ascending. */
  blockSize: positive.optional(),
  rows: z.array(z.array(index)).optional(),
  /** MInference's converted lists a 64-row tile: start keys of 64-key ranges, and single columns. */
  compat: z.strictObject({ rows: z.array(z.strictObject({ ranges: z.array(z.number().int()), columns: z.array(index) })) }).optional(),
  /** A 64-row tile: 64x64 tiles multiplied, and causal ones. */
  executedTiles: z.array(index),
  causalTiles: z.array(index),
  /** The budgets after clamping. */
  effective: pattern,
  bytes,
  estimateMs: milliseconds,
  indexMs: milliseconds,
  notes: z.array(z.string()),
});
export type IndexResult = z.infer<typeof indexResult>;

export const evaluation = z.strictObject({
  recall: z.strictObject({
    mean: z.number(),
    min: z.number(),
    /** Mean over the last 64 rows (all of them below 64). */
    last64: z.number(),
    fromRow: z.strictObject({ row: index, mean: z.number() }).nullable(),
  }),
  /** Against the dense output; null without v. */
  output: z.strictObject({ relL2: z.number().nullable(), maxAbs: z.number().nullable() }),
  /** Fractions of causal cells and of causal 64x64 tiles. */
  density: z.strictObject({ nominal: z.number(), executed: z.number() }),
  /** Entries; block_sparse counts its blocks in `blocks`. */
  index: z.strictObject({ columns: index, distances: index, blocks: index, bytes }),
  tiles: z.strictObject({ executed: z.number(), causal: z.number() }),
  /** Medians of `repeats` calls with `threads` threads. */
  elapsedMs: milliseconds,
  denseMs: milliseconds,
  repeats: positive,
  threads: positive,
  effective: pattern,
  notes: z.array(z.string()),
});
export type EvaluationResult = z.infer<typeof evaluation>;

/** [edges0][edges1], or [edges0] where the kind has one budget. */
const table = z.union([z.array(z.array(z.number())), z.array(z.number())]);
export type SurfaceTable = z.infer<typeof table>;

export const surface = z.strictObject({
  kind: z.enum(['vertical_slash', 'a_shape', 'block_sparse']),
  axes: z.array(z.strictObject({ name: z.string(), edges: z.array(index) })),
  /** Mean kept mass over all rows. */
  recall: table,
  /** Fractions of causal cells and of causal tiles. */
  nominal: table,
  executed: table,
  /** rows [a, b): mean kept mass over them. */
  bands: z.array(z.strictObject({ rows: z.tuple([index, index]), recall: table })),
  estimator: z.strictObject({
    lastQueries: positive.optional(),
    forcedSinks: index.optional(),
    forcedLocal: index.optional(),
    blockSize: positive.optional(),
  }),
  elapsedMs: milliseconds,
});
export type SurfaceResult = z.infer<typeof surface>;

/** released: MInference's six candidates, the best recall wins. target: the least executed tiles whose recall reaches a given one. */
export const searchProcedure = z.enum(['released', 'target']);
export type SearchProcedure = z.infer<typeof searchProcedure>;

export const headScores = z.strictObject({
  layer: index,
  head: index,
  procedure: searchProcedure,
  /** What was asked to be reached; null where the procedure knows no target. */
  targetRecall: z.number().nullable(),
  /** pattern: the mask that was scored; recall: mean over the scored rows; density: executed tiles of causal ones; deployed: what the
   * config holds for it, the pattern as MInference's kernels execute it. */
  candidates: z.array(z.strictObject({ pattern, deployed: pattern, recall: z.number(), density: z.number() })),
  /** Into candidates: the first of the best. */
  winner: index,
  /** The winner's. */
  deployed: pattern,
  /** Of `deployed` itself, over all rows; minRecall null where only the surface was read. */
  measured: z.strictObject({ recall: z.number(), minRecall: z.number().nullable(), nominal: z.number(), executed: z.number() }),
  elapsedMs: milliseconds,
});
export type HeadScores = z.infer<typeof headScores>;

export const nothing = z.strictObject({});
/** The text of a config file, Headscope's or MInference's; the codec decides. */
export const configText = z.string().max(MAX_CONFIG_CHARS);
/** Absent or `auto`: the best of this machine. Asked by name, it must be there. */
export const backend = z.enum(['auto', 'cpu', 'cuda']).optional();
/** What MInference's format, which has no word for dense, writes for such a head; absent: it is refused. */
export const denseAs = z.strictObject({ verticals: positive, slashes: positive }).optional();
