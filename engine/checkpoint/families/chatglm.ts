// glm-4-9b-chat-1m and its kin as Zhipu first published them: ChatGLM's keys and tensor names around the same function as GLM.
import { HeadscopeError } from '../../protocol/errors.ts';
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, checkedHeadDim, readDecoder, readEps, sameLayers } from '../decoder_fields.ts';
import { LLAMA_NAMES } from '../tensor_names.ts';

const DEFAULTS = {
  hiddenSize: 4096,
  intermediateSize: 13696,
  layers: 28,
  heads: 32,
  kvHeads: null,
  headDim: 128,
  vocabSize: 65024,
  maxPositions: 2048,
  rmsNormEps: 1e-5,
  tiedEmbeddings: false,
};

/** Keys that change the function, and the value that this engine computes. */
const FIXED: readonly (readonly [string, boolean, boolean])[] = [
  ['rmsnorm', true, true],
  ['post_layer_norm', true, true],
  ['add_bias_linear', false, false],
  ['apply_residual_connection_post_layernorm', false, false],
];

export function readChatGlm(config: ConfigFields, notes: string[]): DecoderConfig {
  for (const [key, absent, computed] of FIXED) {
    if ((config.flag(key) ?? absent) !== computed)
      throw new HeadscopeError(
        'UNSUPPORTED_ARCHITECTURE',
        `config.json: ${key} is ${!computed}; this engine runs ChatGLM models where it is ${computed}.`,
      );
  }
  const base = readDecoder(config, DEFAULTS);
  const { heads } = base;
  const kvHeads = (config.flag('multi_query_attention') ?? false) ? (config.count('multi_query_group_num') ?? 1) : heads;
  if (heads % kvHeads !== 0)
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: num_attention_heads (${heads}) is not a multiple of multi_query_group_num (${kvHeads}).`,
    );
  const headDim = checkedHeadDim(config.count('kv_channels', 1 << 20) ?? DEFAULTS.headDim);
  const ratio = config.number('rope_ratio') ?? 1;
  if (!(ratio > 0)) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: rope_ratio is ${ratio}; it must be above 0.`);
  notes.push('config.json is in the older ChatGLM spelling; the model is the same function as a "glm".');
  return {
    ...base,
    architecture: 'ChatGLMModel',
    intermediateSize: config.count('ffn_hidden_size', 1 << 20) ?? DEFAULTS.intermediateSize,
    layers: config.count('num_layers', 4096) ?? base.layers,
    kvHeads,
    headDim,
    scoreScale: headDim ** -0.5,
    vocabSize: config.count('padded_vocab_size', 1 << 24) ?? base.vocabSize,
    rmsNormEps: readEps(config, DEFAULTS.rmsNormEps, 'layernorm_epsilon'),
    maxPositions: config.count('seq_length') ?? DEFAULTS.maxPositions,
    biases: biasesWhere(config, 'add_qkv_bias', false, ['q', 'k', 'v']),
    ropes: [{ type: 'default', theta: 10_000 * ratio, dimensions: headDim / 2, interleaved: true }],
    layerKinds: sameLayers(config.count('num_layers', 4096) ?? base.layers, null),
    tensors: {
      ...LLAMA_NAMES,
      prefixes: ['transformer.'],
      embedding: 'embedding.word_embeddings',
      finalNorm: 'encoder.final_layernorm',
      lmHead: ['transformer.output_layer'],
      layer: 'encoder.layers.',
      attention: { qkv: 'self_attention.query_key_value', o: 'self_attention.dense' },
      mlp: { gateUp: 'mlp.dense_h_to_4h', down: 'mlp.dense_4h_to_h' },
    },
  };
}
