// Every native call, in one list. The addon (native/addon) implements exactly this; nothing else in TypeScript knows its shape.
// Times are milliseconds, sizes bytes, indices start at 0. Typed arrays are allocated here and filled there (no external buffers).
// A failure is an Error with `code` from the protocol's closed union (engine/protocol/errors.ts) and a sentence as message.

export type DType = 'f32' | 'f16' | 'bf16';

/** One tensor of a checkpoint: `file` indexes ModelFiles, `begin` and `end` are absolute byte offsets in that file. */
export interface TensorLocation {
  name: string;
  dtype: DType;
  shape: number[];
  file: number;
  begin: number;
  end: number;
}

/** A RoPE table: pair p of position i turns by i * frequencies[p] (radians, as transformers computes them in float32). */
export interface NativeRotary {
  /** One for each pair that turns; the other dimensions of a head, at its end, stay as they are. */
  frequencies: Float32Array;
  /** cos and sin are multiplied by this. */
  scale: number;
  /** Pairs (2 p, 2 p + 1) instead of (p, p + pairs). */
  interleaved: boolean;
  /** A prompt of more than `above` tokens takes these at every position. */
  longer?: { above: number; frequencies: Float32Array };
  /** A prompt of more than `above` tokens takes those of the base theta (factor n / above - (factor - 1))^(r / (r - 2)), r = 2 pairs. */
  dynamic?: { above: number; factor: number; theta: number };
}

export type NormName = 'inputNorm' | 'qNorm' | 'kNorm' | 'attentionOutNorm' | 'postNorm' | 'mlpOutNorm';
export type BiasName = 'qBias' | 'kBias' | 'vBias' | 'oBias' | 'gateBias' | 'upBias' | 'downBias';

/** A layer's tensors by role. A norm or bias that is absent is not done. gate, up, down, or router and experts. */
export type NativeLayerTensors = Record<'q' | 'k' | 'v' | 'o', TensorLocation> & {
  [role in NormName | BiasName | 'gate' | 'up' | 'down' | 'router']?: TensorLocation;
} & { experts?: Record<'gate' | 'up' | 'down', TensorLocation>[] };

/** A decoder as features, validated by engine/checkpoint; sizes are checked again natively against the tensors. */
export interface NativeModelSpec {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  /** Added to the weights of every norm. */
  normOffset: number;
  /** Factors of the embeddings and of both branches before they join the residual. */
  embeddingScale: number;
  residualScale: number;
  /** Scores are scoreScale q.k, logits logitScale x.w; then cap tanh(s / cap) where the cap is above 0. */
  scoreScale: number;
  scoreCap: number;
  logitScale: number;
  logitCap: number;
  activation: 'silu' | 'gelu_tanh';
  /** Of the layers that have experts; 0 without. */
  expertSize: number;
  expertsPerToken: number;
  normaliseExperts: boolean;
  rotaries: NativeRotary[];
  /** [layers] rotary: an index into rotaries, or -1 for none. window: tokens a row sees, itself among them; 0: all before it. */
  layerKinds: { rotary: number; window: number }[];
  tensors: {
    embedding: TensorLocation;
    finalNorm: TensorLocation;
    /** The embedding where tied. */
    lmHead: TensorLocation;
    layers: NativeLayerTensors[];
  };
}

export type NativePattern =
  | { kind: 'dense' }
  | { kind: 'a_shape'; sink: number; window: number }
  | { kind: 'vertical_slash'; verticals: number; slashes: number; lastQueries: number; forcedSinks: number; forcedLocal: number }
  | { kind: 'block_sparse'; blocks: number; blockSize: number };

export interface Job<T> {
  promise: Promise<T>;
  /** Rejects the promise with code CANCELLED within 100 ms; a job already done ignores it. */
  cancel(): void;
  /** Goes before every job that waits, and between two pieces of the one at work, which holds still meanwhile and whose times do not
   * count it. A hurried job is not interrupted itself. */
  hurry(): void;
}
/** done in [0, total]; at most 20 calls a second, the last may be missing. */
export type OnProgress = (done: number, total: number, note: string) => void;

/** Where a model's weights and arithmetic live. Another than the processor must have been found usable: BACKEND_UNAVAILABLE. */
export type BackendName = 'cpu' | 'cuda';

export interface NativeInfo {
  abi: number;
  build: string;
  /** 'CPU, AVX2' and the like, best first. */
  backends: {
    name: string;
    description: string;
    /** Its library is there, and finds a device of its kind or does not get that far. */
    present: boolean;
    available: boolean;
    reason: string;
  }[];
  hardwareThreads: number;
  availableBytes: number;
}

export interface PrefillRequest {
  tokens: Int32Array;
  threads: number;
  /** [layers][heads]; absent: dense everywhere. */
  patterns?: NativePattern[][];
  compat: boolean;
  /** Keep every layer's input (needed by run.layer, hidden states, saving). Otherwise only the last hidden state stays. */
  keepLayerInputs: boolean;
  keepOverviews: boolean;
  keepLse: boolean;
  /** Where kept layer inputs lie in files instead of memory; absent: in memory. Its file has no name and ends with the run. */
  spillFolder?: string;
  /** Where a sparse head would cost more than dense it is run dense instead and listed; false forces the pattern. */
  denseWherePays: boolean;
}

export interface LayerTiming {
  attentionMs: number;
  linearMs: number;
  indexMs: number;
  otherMs: number;
  /** [heads] */
  executedTiles: Float64Array;
  causalTiles: number;
  /** Heads whose sparse pattern was replaced by dense because it would not pay. */
  ranDense: number[];
}

export interface PlanPlace {
  name: string;
  bytes: number;
}

export interface NativeModel {
  /** Bytes a prefill of n tokens holds at its peak, by place; weights are listed as mapped. */
  plan(n: number, request: Pick<PrefillRequest, 'threads' | 'keepLayerInputs' | 'keepOverviews' | 'keepLse' | 'spillFolder'>): PlanPlace[];
  /** Of this machine on the model's own shapes: flops of the linear layers a millisecond, and a dense 64x64 tile of one head. */
  speed(threads: number): Job<{ linearFlopsPerMs: number; tileMs: number }>;
  prefill(request: PrefillRequest, onProgress: OnProgress): Job<NativeRun>;
  /** A run made earlier: tokens and layer inputs (layers + 1 arrays of [n, hidden]) given back. */
  restoreRun(
    tokens: Int32Array,
    layerInputs: Float32Array[],
    lse: Float32Array | null,
    overviews: { sum: Float32Array; max: Float32Array } | null,
  ): NativeRun;
  close(): void;
}

export interface Generation {
  /** Without the stop token. */
  tokens: Int32Array;
  /** A stop token came before maxNew tokens. */
  stopped: boolean;
  /** Keys and values of the prompt projected again; all decoding steps. */
  cacheMs: number;
  decodeMs: number;
}

export interface NativeRun {
  readonly rows: number;
  readonly timings: LayerTiming[];
  readonly totalMs: number;
  /** Fills [heads, n] of one layer. Throws INVALID_REQUEST when not kept. */
  copyLse(layer: number, into: Float32Array): void;
  /** Fills [n, hidden]: layer 0 .. layers (the last is the input of the final norm). */
  copyLayerInput(layer: number, into: Float32Array): void;
  /** Fills [256, 256] of one head. */
  copyOverview(layer: number, head: number, kind: 'sum' | 'max', into: Float32Array): void;
  /** Logits of rows [begin, end): fills [end - begin, vocab]. */
  logits(begin: number, end: number, into: Float32Array, threads: number): Job<void>;
  /** Projects q, k, v of one layer again from its input. */
  layer(layer: number, threads: number): Job<NativeLayer>;
  /** Greedy text after the prompt: the first token from the run's last row, each further one attends densely to the prompt's keys as the
   * run has them. Needs the layer inputs unless maxNew is 1. Progress counts tokens. */
  generate(maxNew: number, stopTokens: Int32Array, threads: number, onProgress: OnProgress): Job<Generation>;
  close(): void;
}

export interface NativeIndex {
  /** vertical_slash and a_shape. */
  columns?: Int32Array;
  distances?: Int32Array;
  /** block_sparse: per block row the kept key blocks, as CSR. */
  blockSize?: number;
  rowStart?: Float64Array;
  rowBlocks?: Int32Array;
  /** compat: MInference's lists, as CSR over 64-row tiles: start keys of 64-key ranges, and columns. */
  rangeStart?: Float64Array;
  rangeKeys?: Int32Array;
  columnStart?: Float64Array;
  compatColumns?: Int32Array;
  /** 64x64 tiles multiplied by each 64-row tile. */
  executedTiles: Int32Array;
  /** Those of dense attention: fewer where the model has a window. */
  causalTiles: Int32Array;
  /** The budgets after clamping, as they were used. */
  effective: NativePattern;
  nominalCells: number;
  bytes: number;
  estimateMs: number;
  indexMs: number;
}

export interface Evaluation {
  /** [n] kept mass per row. */
  rowRecall: Float32Array;
  outputRelL2: number;
  outputMaxAbs: number;
  /** Kept (i, j) cells and all that the model attends to; 64x64 tiles multiplied and those of dense attention. */
  nominalCells: number;
  causalCells: number;
  executedTiles: number;
  causalTiles: number;
  columns: number;
  distances: number;
  blocks: number;
  indexBytes: number;
  /** Estimate, index and attention of this head, and dense attention of the same head in the same call. */
  elapsedMs: number;
  denseMs: number;
  effective: NativePattern;
}

/** An evaluation's figures of the mass alone: no outputs, no times, and the dense LSE is computed once a head. */
export type Measurement = Pick<Evaluation, 'rowRecall' | 'nominalCells' | 'causalCells' | 'executedTiles' | 'causalTiles' | 'effective'>;

export interface RankRequest {
  head: number;
  kind: 'vertical_slash' | 'block_sparse';
  lastQueries: number;
  forcedSinks: number;
  forcedLocal: number;
  blockSize: number;
}

export interface SurfaceRequest {
  head: number;
  kind: 'vertical_slash' | 'a_shape' | 'block_sparse';
  /** Ascending budgets of the first axis (verticals, sink, blocks) and the second (slashes, window; empty for blocks). */
  edges: [Int32Array, Int32Array];
  lastQueries: number;
  forcedSinks: number;
  forcedLocal: number;
  blockSize: number;
  /** Row cuts, ascending, first 0 and last n. */
  bandStart: Int32Array;
}
export interface Surface {
  /** [bands][edges0][edges1] kept mass summed over the band's rows. */
  bandMass: Float64Array;
  /** [edges0][edges1] kept cells and executed 64x64 tiles. */
  nominalCells: Float64Array;
  executedTiles: Float64Array;
  /** Of dense attention. */
  causalCells: number;
  causalTiles: number;
  elapsedMs: number;
}

/** Pairs of tokens side by side: query, key, probability. */
export interface Pairs {
  q: Int32Array;
  k: Int32Array;
  p: Float32Array;
}

/** q, k, v of one layer in memory: from a run, or captured elsewhere. */
export interface NativeLayer {
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly rows: number;
  /** Copies q [heads, n, d], k or v [kvHeads, n, d]. */
  copy(which: 'q' | 'k' | 'v', into: Float32Array): void;
  /** Dense log-sum-exp of one head [n]; computed once and kept. */
  lse(head: number, into: Float32Array, threads: number): Job<void>;
  index(head: number, pattern: NativePattern, compat: boolean, threads: number): Job<NativeIndex>;
  evaluate(head: number, pattern: NativePattern, compat: boolean, threads: number, onProgress: OnProgress): Job<Evaluation>;
  measure(head: number, pattern: NativePattern, compat: boolean, threads: number): Job<Measurement>;
  surface(request: SurfaceRequest, threads: number, onProgress: OnProgress): Job<Surface>;
  /** Places in the order that budgets take: vertical_slash fills [n] of columns and [n] of distances; block_sparse fills
   * [blocks, blocks], 0x7fffffff above the diagonal, and takes an empty second array. */
  ranks(request: RankRequest, first: Int32Array, second: Int32Array, threads: number): Job<void>;
  /** rect = [q0, q1, k0, k1); fills [height, width]. */
  tile(
    head: number,
    rect: [number, number, number, number],
    width: number,
    height: number,
    aggregate: 'sum' | 'max' | 'mean',
    into: Float32Array,
    threads: number,
  ): Job<void>;
  /** The largest and the sum of every cell in one pass, [height, width] each; `droppedBy`: only of the pairs it does not keep. */
  planes(
    head: number,
    droppedBy: NativePattern | null,
    rect: [number, number, number, number],
    width: number,
    height: number,
    max: Float32Array,
    sum: Float32Array,
    threads: number,
  ): Job<void>;
  /** The most probable pairs, at most `count`, larger first, equal ones by row and key. */
  strongest(
    head: number,
    droppedBy: NativePattern | null,
    rect: [number, number, number, number],
    count: number,
    threads: number,
  ): Job<Pairs>;
  /** Of a cell's elements that the model attends to, the fraction that the mask keeps, [height, width]; NaN where the cell has none. */
  maskTile(
    head: number,
    pattern: NativePattern,
    compat: boolean,
    rect: [number, number, number, number],
    width: number,
    height: number,
    into: Float32Array,
    threads: number,
  ): Job<void>;
  profiles(head: number, columns: Float64Array, distances: Float64Array, threads: number): Job<void>;
  /** 256x256 overviews (sum and max) of one head, for captures and sparse runs. */
  overview(head: number, sum: Float32Array, max: Float32Array, threads: number): Job<void>;
  close(): void;
}

export interface NativeAddon {
  /** The loadable backends in it are those that findBackends() has looked at. */
  info(): NativeInfo;
  /** Looks for loadable backends (CUDA) and tries them in a process of their own, once; at most 20 s for one that hangs. Rejects for nothing a library does. */
  findBackends(): Job<void>;
  /** Maps the files and checks every tensor's place and shape. */
  openModel(spec: NativeModelSpec, files: string[], backend?: BackendName): NativeModel;
  /** A capture's layer: q [heads, n, d], k and v [kvHeads, n, d], copied. v may be null: no output error then. */
  captureLayer(
    q: Float32Array,
    k: Float32Array,
    v: Float32Array | null,
    shape: { heads: number; kvHeads: number; headDim: number; rows: number; scale: number },
    backend?: BackendName,
  ): NativeLayer;
}
