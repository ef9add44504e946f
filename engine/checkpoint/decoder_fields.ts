// The keys that all families' config.json share, with the defaults that a family gives for absent ones.
import { HeadscopeError } from '../protocol/errors.ts';
import type { ConfigFields } from './config_fields.ts';
import type { DecoderConfig, LayerKind } from './decoder_config.ts';
import { LLAMA_NAMES } from './tensor_names.ts';

/** Values of absent keys: those of the family's configuration class in transformers. */
export interface FamilyDefaults {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  /** null: as many as heads. */
  kvHeads: number | null;
  /** null: hidden_size / num_attention_heads. */
  headDim: number | null;
  vocabSize: number;
  maxPositions: number;
  rmsNormEps: number;
  tiedEmbeddings: boolean;
}

/** What families start from: everything but the RoPE tables, the kinds of layers and the class's name. */
export type DecoderBase = Omit<DecoderConfig, 'architecture' | 'ropes' | 'layerKinds'>;

/** Sizes beyond these are typing errors or attacks, not models. */
const LIMITS = { width: 1 << 20, layers: 4096, heads: 1 << 14, vocab: 1 << 24 };

const SILU = ['silu', 'swish'];

/** Throws CHECKPOINT_INVALID or UNSUPPORTED_ARCHITECTURE. */
export function readDecoder(config: ConfigFields, defaults: FamilyDefaults): DecoderBase {
  const hiddenSize = config.count('hidden_size', LIMITS.width) ?? defaults.hiddenSize;
  const heads = config.count('num_attention_heads', LIMITS.heads) ?? defaults.heads;
  const absentKvHeads = config.given('num_key_value_heads') ? null : defaults.kvHeads;
  const kvHeads = config.count('num_key_value_heads', LIMITS.heads) ?? absentKvHeads ?? heads;
  if (heads % kvHeads !== 0) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads}).`,
    );
  }
  const vocabSize = config.count('vocab_size', LIMITS.vocab) ?? defaults.vocabSize;
  const headDim = readHeadDim(config, hiddenSize, heads, defaults.headDim);
  return {
    hiddenSize,
    intermediateSize: config.count('intermediate_size', LIMITS.width) ?? defaults.intermediateSize,
    layers: config.count('num_hidden_layers', LIMITS.layers) ?? defaults.layers,
    heads,
    kvHeads,
    headDim,
    vocabSize,
    endTokens: config.tokenIds('eos_token_id').filter((id) => id < vocabSize),
    rmsNormEps: readEps(config, defaults.rmsNormEps),
    maxPositions: config.count('max_position_embeddings') ?? defaults.maxPositions,
    activation: 'silu',
    norms: ['inputNorm', 'postNorm'],
    headNorms: 'head',
    normOffset: 0,
    biases: {},
    embeddingScale: 1,
    residualScale: 1,
    scoreScale: headDim ** -0.5,
    scoreCap: null,
    logitScale: 1,
    logitCap: null,
    experts: null,
    tiedEmbeddings: config.flag('tie_word_embeddings') ?? defaults.tiedEmbeddings,
    declaredDtype: config.text('dtype') ?? config.text('torch_dtype'),
    tensors: LLAMA_NAMES,
  };
}

function readHeadDim(config: ConfigFields, hiddenSize: number, heads: number, absent: number | null): number {
  const given = config.count('head_dim', LIMITS.width) ?? absent;
  if (given === null && hiddenSize % heads !== 0) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: hidden_size (${hiddenSize}) is not a multiple of num_attention_heads (${heads}), and there is no head_dim.`,
    );
  }
  return checkedHeadDim(given ?? hiddenSize / heads);
}

export function checkedHeadDim(headDim: number): number {
  if (headDim % 2 !== 0)
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: the head dimension is ${headDim}; rotary embeddings need an even one.`);
  if (headDim % 8 !== 0 || headDim > 256) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json: the head dimension is ${headDim}; this engine runs multiples of 8 up to 256.`,
    );
  }
  return headDim;
}

export function readEps(config: ConfigFields, absent: number, key = 'rms_norm_eps'): number {
  const eps = config.number(key) ?? absent;
  if (eps < 0 || eps >= 1) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${key} is ${eps}; it must be from 0 to below 1.`);
  return eps;
}

/** Refuses every activation but silu, under the key that the family reads. */
export function requireSilu(config: ConfigFields): void {
  const activation = config.text('hidden_act') ?? 'silu';
  if (SILU.includes(activation)) return;
  throw new HeadscopeError('UNSUPPORTED_ARCHITECTURE', `config.json: hidden_act is "${activation}"; this engine computes "silu".`);
}

/** A multiplier that transformers would apply whatever it is. Throws for 0, which no model has. */
export function readFactor(config: ConfigFields, key: string, absent: number): number {
  const factor = config.number(key) ?? absent;
  if (factor === 0) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${key} is 0; it must be another number.`);
  return factor;
}

/** A soft cap: absent takes the default, null means none. */
export function readCap(config: ConfigFields, key: string, absent: number | null): number | null {
  const cap = config.given(key) ? config.number(key) : absent;
  if (cap !== null && cap <= 0)
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${key} is ${cap}; it must be above 0, or null.`);
  return cap;
}

/** Biases by flag: of the projections named where `key` is true. */
export function biasesWhere(
  config: ConfigFields,
  key: string,
  absent: boolean,
  roles: readonly (keyof DecoderConfig['biases'])[],
): DecoderConfig['biases'] {
  if (!(config.flag(key) ?? absent)) return {};
  return Object.fromEntries(
    roles.map((role) => [role, config.has(key) ? `${key} is true` : `${key} is true unless config.json says otherwise`]),
  );
}

/** One RoPE table for every layer, the same window (or none) everywhere, no experts. */
export function sameLayers(layers: number, window: number | null): LayerKind[] {
  return Array.from({ length: layers }, () => ({ rope: 0, window, experts: false }));
}
