// Gemma 1 to 3: scaled embeddings, norms of weight 1 + w, gelu. 2: soft caps, norms around both branches, every second layer windowed.
// 3: norms on q and k, five windowed layers to one full, each kind with a RoPE table of its own.
import { HeadscopeError } from '../../protocol/errors.ts';
import { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, type DecoderBase, type FamilyDefaults, readCap, readDecoder, readFactor, sameLayers } from '../decoder_fields.ts';
import { readWindow, slidingLayers } from '../layer_types.ts';
import { type Rope, readRope, readRopeFrom } from '../rope.ts';
import { LLAMA_NAMES } from '../tensor_names.ts';

const COMMON = { headDim: 256, rmsNormEps: 1e-6, tiedEmbeddings: true };
const GEMMA = {
  ...COMMON,
  hiddenSize: 3072,
  intermediateSize: 24576,
  layers: 28,
  heads: 16,
  kvHeads: 16,
  vocabSize: 256000,
  maxPositions: 8192,
};
const GEMMA2 = {
  ...COMMON,
  hiddenSize: 2304,
  intermediateSize: 9216,
  layers: 26,
  heads: 8,
  kvHeads: 4,
  vocabSize: 256000,
  maxPositions: 8192,
};
const GEMMA3 = { ...GEMMA2, vocabSize: 262208, maxPositions: 131072 };

const AROUND_BOTH = ['inputNorm', 'attentionOutNorm', 'postNorm', 'mlpOutNorm'] as const;
const NAMES = { ...LLAMA_NAMES, postNorm: 'pre_feedforward_layernorm' };

export function readGemma(config: ConfigFields, notes: string[]): DecoderConfig {
  // The first releases say "gelu" and mean its tanh form, as transformers does.
  requireGelu(config, 'hidden_act', ['gelu', 'gelu_pytorch_tanh']);
  const base = readGemmaBase(config, GEMMA);
  return {
    ...base,
    architecture: 'GemmaForCausalLM',
    ropes: [readRope(config, base, notes)],
    layerKinds: sameLayers(base.layers, null),
  };
}

export function readGemma2(config: ConfigFields, notes: string[]): DecoderConfig {
  requireGelu(config, 'hidden_activation', ['gelu_pytorch_tanh']);
  const base = readGemmaBase(config, GEMMA2);
  const window = readWindow(config, 4096);
  const slides = slidingLayers(config, base.layers, window, (layer) => layer % 2 === 0);
  return {
    ...base,
    architecture: 'Gemma2ForCausalLM',
    norms: AROUND_BOTH,
    scoreScale: readScoreScale(config),
    scoreCap: readCap(config, 'attn_logit_softcapping', 50),
    logitCap: readCap(config, 'final_logit_softcapping', 30),
    ropes: [readRope(config, base, notes)],
    layerKinds: slides.map((slid) => ({ rope: 0, window: slid ? window : null, experts: false })),
    tensors: NAMES,
  };
}

export function readGemma3(config: ConfigFields, notes: string[]): DecoderConfig {
  requireGelu(config, 'hidden_activation', ['gelu_pytorch_tanh']);
  const base = readGemmaBase(config, GEMMA3);
  const window = readWindow(config, 4096);
  const pattern = config.count('sliding_window_pattern') ?? 6;
  if (readCap(config, 'attn_logit_softcapping', null) !== null)
    notes.push('attn_logit_softcapping is not applied: transformers caps the scores of Gemma 2 only.');
  const slides = slidingLayers(config, base.layers, window, (layer) => (layer + 1) % pattern !== 0);
  return {
    ...base,
    architecture: 'Gemma3ForCausalLM',
    norms: [...AROUND_BOTH, 'qNorm', 'kNorm'],
    scoreScale: readScoreScale(config),
    logitCap: readCap(config, 'final_logit_softcapping', null),
    ropes: readTwoRopes(config, base, notes),
    layerKinds: slides.map((slid) => ({ rope: slid ? 1 : 0, window: slid ? window : null, experts: false })),
    tensors: NAMES,
  };
}

/** The text half of a Gemma 3 that also sees pictures; its other tensors are left alone. */
export function readGemma3WithVision(config: ConfigFields, notes: string[]): DecoderConfig {
  const text = config.object('text_config');
  if (text === null)
    throw new HeadscopeError('CHECKPOINT_INVALID', 'config.json of a "gemma3" has no text_config, so its text model is unknown.');
  notes.push('This model also sees pictures; the engine runs its text model.');
  const read = readGemma3(text, notes);
  if (read.logitCap !== null) notes.push('final_logit_softcapping is not applied: in transformers the model with pictures leaves it out.');
  const prefixes = ['model.language_model.', 'language_model.model.', 'model.'];
  // The whole model's flag counts, not its text model's.
  const tiedEmbeddings = config.flag('tie_word_embeddings') ?? COMMON.tiedEmbeddings;
  return { ...read, logitCap: null, tiedEmbeddings, tensors: { ...read.tensors, prefixes, lmHead: ['lm_head', 'language_model.lm_head'] } };
}

function readGemmaBase(config: ConfigFields, defaults: FamilyDefaults): DecoderBase {
  if (config.has('use_bidirectional_attention') && config.flag('use_bidirectional_attention')) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      'config.json: use_bidirectional_attention is true; this engine runs causal attention only.',
    );
  }
  const base = readDecoder(config, defaults);
  return {
    ...base,
    activation: 'gelu_tanh',
    normOffset: 1,
    embeddingScale: Math.sqrt(base.hiddenSize),
    biases: biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
  };
}

function requireGelu(config: ConfigFields, key: string, spellings: readonly string[]): void {
  const activation = config.text(key) ?? 'gelu_pytorch_tanh';
  if (spellings.includes(activation)) return;
  throw new HeadscopeError('UNSUPPORTED_ARCHITECTURE', `config.json: ${key} is "${activation}"; this engine computes "gelu_pytorch_tanh".`);
}

function readScoreScale(config: ConfigFields): number {
  const scalar = readFactor(config, 'query_pre_attn_scalar', 256);
  if (scalar < 0) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: query_pre_attn_scalar is ${scalar}; it must be above 0.`);
  return scalar ** -0.5;
}

/** The table of the full layers, then that of the windowed ones. rope_scaling is laid over the full layers' parameters, which say
 * rope_type "default" where config.json has none: an older "type" in it then counts for nothing, in transformers as here. */
function readTwoRopes(config: ConfigFields, base: DecoderBase, notes: string[]): Rope[] {
  const parameters = config.object('rope_parameters');
  const ofLayers = (kind: string) => parameters?.object(kind) ?? ConfigFields.empty(`rope_parameters.${kind}`).with('rope_type', 'default');
  const full = ofLayers('full_attention');
  const scaling = config.object('rope_scaling');
  const scaled = scaling === null ? full : full.over(scaling);
  if (scaled.has('type') && scaled.text('rope_type') === 'default' && scaled.text('type') !== 'default')
    notes.push(
      `rope_scaling asks for "${scaled.text('type')}" under "type"; Gemma 3 reads "rope_type" only, so the full layers are not scaled.`,
    );
  // A top-level original_max_position_embeddings is no key of this family.
  const own = config.with('original_max_position_embeddings', null);
  return [
    readRopeFrom(scaled, own, { ...base, theta: config.number('rope_theta') ?? 1e6 }, notes),
    readRopeFrom(ofLayers('sliding_attention'), own, { ...base, theta: config.number('rope_local_base_freq') ?? 1e4 }, notes),
  ];
}
