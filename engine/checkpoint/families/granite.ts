// Granite 3: Llama with multipliers on the embeddings, the scores, both branches and the logits.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { readFactor } from '../decoder_fields.ts';
import { readLlama } from './llama.ts';

export function readGranite(config: ConfigFields, notes: string[]): DecoderConfig {
  return {
    ...readLlama(config, notes),
    architecture: 'GraniteForCausalLM',
    embeddingScale: readFactor(config, 'embedding_multiplier', 1),
    residualScale: readFactor(config, 'residual_multiplier', 1),
    scoreScale: readFactor(config, 'attention_multiplier', 1), // instead of 1 / sqrt(head_dim)
    logitScale: 1 / readFactor(config, 'logits_scaling', 1),
  };
}
