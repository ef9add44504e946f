// Qwen 3: norms on every head of q and k, a head_dim of its own, no biases unless attention_bias says so.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu } from '../decoder_fields.ts';
import { readRope } from '../rope.ts';
import { noteDualChunks, QWEN2_DEFAULTS, qwenLayers } from './qwen2.ts';

export function readQwen3(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, { ...QWEN2_DEFAULTS, headDim: 128 });
  noteDualChunks(config, notes);
  return {
    ...base,
    architecture: 'Qwen3ForCausalLM',
    norms: ['inputNorm', 'qNorm', 'kNorm', 'postNorm'],
    biases: biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
    ropes: [readRope(config, base, notes)],
    layerKinds: qwenLayers(config, base.layers),
  };
}
