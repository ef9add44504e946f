// Mistral: Llama with a window in every layer.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readWindow } from '../layer_types.ts';
import { readRope } from '../rope.ts';

export const MISTRAL_DEFAULTS = {
  hiddenSize: 4096,
  intermediateSize: 14336,
  layers: 32,
  heads: 32,
  kvHeads: 8,
  headDim: null,
  vocabSize: 32000,
  maxPositions: 131072,
  rmsNormEps: 1e-6,
  tiedEmbeddings: false,
};

export function readMistral(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, MISTRAL_DEFAULTS);
  return {
    ...base,
    architecture: 'MistralForCausalLM',
    ropes: [readRope(config, base, notes)],
    layerKinds: sameLayers(base.layers, readWindow(config, 4096)),
  };
}
