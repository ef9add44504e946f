// The model types that this engine runs, each with the reader of its config.json.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { readChatGlm } from './chatglm.ts';
import { readMixtral, readQwen3Moe } from './experts.ts';
import { readGemma, readGemma2, readGemma3, readGemma3WithVision } from './gemma.ts';
import { readGlm, readGlm4 } from './glm.ts';
import { readGranite } from './granite.ts';
import { readLlama } from './llama.ts';
import { readMistral } from './mistral.ts';
import { readOlmo2 } from './olmo2.ts';
import { readPhi3 } from './phi3.ts';
import { readQwen2 } from './qwen2.ts';
import { readQwen3 } from './qwen3.ts';
import { readSmolLm3 } from './smollm3.ts';

export interface Family {
  /** What its classes' names begin with in transformers: Llama of LlamaForCausalLM. */
  classes: readonly string[];
  /** Throws CHECKPOINT_INVALID or UNSUPPORTED_ARCHITECTURE, and may add notes. */
  read: (config: ConfigFields, notes: string[]) => DecoderConfig;
}

/** By model_type. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  llama: { classes: ['Llama'], read: readLlama },
  qwen2: { classes: ['Qwen2'], read: readQwen2 },
  qwen3: { classes: ['Qwen3'], read: readQwen3 },
  qwen3_moe: { classes: ['Qwen3Moe'], read: readQwen3Moe },
  mistral: { classes: ['Mistral'], read: readMistral },
  mixtral: { classes: ['Mixtral'], read: readMixtral },
  phi3: { classes: ['Phi3'], read: readPhi3 },
  glm: { classes: ['Glm'], read: readGlm },
  glm4: { classes: ['Glm4'], read: readGlm4 },
  chatglm: { classes: ['ChatGLM'], read: readChatGlm },
  gemma: { classes: ['Gemma'], read: readGemma },
  gemma2: { classes: ['Gemma2'], read: readGemma2 },
  gemma3_text: { classes: ['Gemma3', 'Gemma3Text'], read: readGemma3 },
  gemma3: { classes: ['Gemma3'], read: readGemma3WithVision },
  granite: { classes: ['Granite'], read: readGranite },
  olmo2: { classes: ['Olmo2'], read: readOlmo2 },
  smollm3: { classes: ['SmolLM3'], read: readSmolLm3 },
};
