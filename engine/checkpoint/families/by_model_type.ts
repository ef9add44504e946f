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

/** By model_type; `architectures` is not looked at. A reader throws CHECKPOINT_INVALID or UNSUPPORTED_ARCHITECTURE, and may add notes. */
export const FAMILIES: Readonly<Record<string, (config: ConfigFields, notes: string[]) => DecoderConfig>> = {
  llama: readLlama,
  qwen2: readQwen2,
  qwen3: readQwen3,
  qwen3_moe: readQwen3Moe,
  mistral: readMistral,
  mixtral: readMixtral,
  phi3: readPhi3,
  glm: readGlm,
  glm4: readGlm4,
  chatglm: readChatGlm,
  gemma: readGemma,
  gemma2: readGemma2,
  gemma3_text: readGemma3,
  gemma3: readGemma3WithVision,
  granite: readGranite,
  olmo2: readOlmo2,
  smollm3: readSmolLm3,
};
