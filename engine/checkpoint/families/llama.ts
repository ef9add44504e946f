// Llama 2 to 3.3, Yi, SmolLM2, DeepSeek (dense) and whoever else saves as LlamaForCausalLM.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readRope } from '../rope.ts';

export const LLAMA_DEFAULTS = {
  hiddenSize: 4096,
  intermediateSize: 11008,
  layers: 32,
  heads: 32,
  kvHeads: null,
  headDim: null,
  vocabSize: 32000,
  maxPositions: 2048,
  rmsNormEps: 1e-6,
  tiedEmbeddings: false,
};

export function readLlama(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, LLAMA_DEFAULTS);
  return {
    ...base,
    architecture: 'LlamaForCausalLM',
    biases: {
      ...biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
      ...biasesWhere(config, 'mlp_bias', false, ['gate', 'up', 'down']),
    },
    ropes: [readRope(config, base, notes)],
    layerKinds: sameLayers(base.layers, null),
  };
}
