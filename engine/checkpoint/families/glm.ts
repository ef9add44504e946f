// GLM-4 in transformers' own two classes: partial rotation of neighbouring dimensions, fused gate and up; Glm4 norms each branch's output too.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readRope } from '../rope.ts';
import { LLAMA_NAMES } from '../tensor_names.ts';

const DEFAULTS = {
  hiddenSize: 4096,
  intermediateSize: 13696,
  layers: 40,
  heads: 32,
  kvHeads: 2,
  headDim: 128,
  vocabSize: 151552,
  maxPositions: 131072,
  rmsNormEps: 1.5625e-7,
  tiedEmbeddings: false,
};

export function readGlm(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, DEFAULTS);
  return {
    ...base,
    architecture: 'GlmForCausalLM',
    biases: biasesWhere(config, 'attention_bias', true, ['q', 'k', 'v']),
    ropes: [readRope(config, { ...base, partial: 0.5, interleaved: true }, notes)],
    layerKinds: sameLayers(base.layers, null),
    tensors: { ...LLAMA_NAMES, mlp: { gateUp: 'mlp.gate_up_proj', down: 'mlp.down_proj' } },
  };
}

export function readGlm4(config: ConfigFields, notes: string[]): DecoderConfig {
  const glm = readGlm(config, notes);
  return {
    ...glm,
    architecture: 'Glm4ForCausalLM',
    norms: ['inputNorm', 'attentionOutNorm', 'postNorm', 'mlpOutNorm'],
    tensors: { ...glm.tensors, attentionOutNorm: 'post_self_attn_layernorm', mlpOutNorm: 'post_mlp_layernorm' },
  };
}
