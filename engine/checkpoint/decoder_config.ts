// What a decoder does, in features: the one description that every family's config.json becomes. Nothing after it knows a family.
import type { Rope } from './rope.ts';
import type { TensorNames } from './tensor_names.ts';

/** Where a norm stands: before the projections, on q and k, on the attention's output, before the MLP, on the MLP's output. */
export type NormRole = 'inputNorm' | 'qNorm' | 'kNorm' | 'attentionOutNorm' | 'postNorm' | 'mlpOutNorm';
export type BiasRole = 'q' | 'k' | 'v' | 'o' | 'gate' | 'up' | 'down';

export interface LayerKind {
  /** Index into ropes; null: this layer does not rotate. */
  rope: number | null;
  /** A row sees itself and the window - 1 keys before it; null: all. */
  window: number | null;
  /** The MLP is a choice of experts. */
  experts: boolean;
}

export interface Experts {
  count: number;
  perToken: number;
  intermediateSize: number;
  /** The chosen experts' probabilities are made to sum to 1. */
  normalised: boolean;
}

export interface DecoderConfig {
  /** As Hugging Face calls the class, for show. */
  architecture: string;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  maxPositions: number;
  activation: 'silu' | 'gelu_tanh';
  norms: readonly NormRole[];
  /** q and k norms cover each head, or the whole projected width before it is split. */
  headNorms: 'head' | 'width';
  /** Added to every norm's weight. */
  normOffset: number;
  /** Which projections have a bias, and why one is expected. */
  biases: Readonly<Partial<Record<BiasRole, string>>>;
  embeddingScale: number;
  residualScale: number;
  /** Scores are scoreScale q.k, then scoreCap tanh(score / scoreCap) where the cap is not null. */
  scoreScale: number;
  scoreCap: number | null;
  logitScale: number;
  logitCap: number | null;
  experts: Experts | null;
  ropes: Rope[];
  layerKinds: LayerKind[];
  /** What config.json says; a lm_head.weight in the file counts all the same. */
  tiedEmbeddings: boolean;
  /** Tokens that end a text (eos_token_id), as far as they are in the vocabulary. */
  endTokens: number[];
  /** dtype or torch_dtype, for show only: the file's header decides. */
  declaredDtype: string | null;
  tensors: TensorNames;
}
