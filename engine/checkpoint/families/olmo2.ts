// OLMo 2: no norms before the branches but one on each branch's output, and norms of q and k over the whole projected width.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readRope } from '../rope.ts';
import { LLAMA_DEFAULTS } from './llama.ts';

export function readOlmo2(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, { ...LLAMA_DEFAULTS, vocabSize: 50304, rmsNormEps: 1e-5 });
  return {
    ...base,
    architecture: 'Olmo2ForCausalLM',
    norms: ['qNorm', 'kNorm', 'attentionOutNorm', 'mlpOutNorm'],
    headNorms: 'width',
    biases: biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
    ropes: [readRope(config, base, notes)],
    layerKinds: sameLayers(base.layers, null),
  };
}
