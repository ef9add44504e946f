// config.json of a LlamaForCausalLM, in both spellings, with the defaults of transformers' LlamaConfig for absent keys.
import { HeadscopeError } from '../protocol/errors.ts';
import { ConfigFields } from './config_fields.ts';
import { type Rope, readRope } from './rope.ts';
import { isJsonObject, parseStrictJson } from './strict_json.ts';

export interface LlamaConfig {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  vocabSize: number;
  rmsNormEps: number;
  maxPositions: number;
  attentionBias: boolean;
  mlpBias: boolean;
  /** What config.json says; a lm_head.weight in the file counts all the same. */
  tiedEmbeddings: boolean;
  rope: Rope;
  /** dtype or torch_dtype, for show only: the file's header decides. */
  declaredDtype: string | null;
}

/** Sizes beyond these are typing errors or attacks, not models. */
const LIMITS = { width: 1 << 20, layers: 4096, heads: 1 << 14, vocab: 1 << 24 };

/** Validates the text of config.json. Throws CHECKPOINT_INVALID, UNSUPPORTED_ARCHITECTURE, UNSUPPORTED_WEIGHTS; adds to `notes`. */
export function parseLlamaConfig(text: string, notes: string[]): LlamaConfig {
  const parsed = parseStrictJson(text, { what: 'config.json', code: 'CHECKPOINT_INVALID' });
  if (!isJsonObject(parsed)) throw new HeadscopeError('CHECKPOINT_INVALID', 'config.json is not a JSON object.');
  const config = new ConfigFields(parsed);
  checkKind(config);

  const hiddenSize = config.count('hidden_size', LIMITS.width) ?? 4096;
  const heads = config.count('num_attention_heads', LIMITS.heads) ?? 32;
  const kvHeads = config.count('num_key_value_heads', LIMITS.heads) ?? heads;
  if (heads % kvHeads !== 0) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: num_attention_heads (${heads}) is not a multiple of num_key_value_heads (${kvHeads}).`,
    );
  }
  const maxPositions = config.count('max_position_embeddings') ?? 2048;
  const rmsNormEps = config.number('rms_norm_eps') ?? 1e-6;
  if (rmsNormEps < 0 || rmsNormEps >= 1)
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: rms_norm_eps is ${rmsNormEps}; it must be from 0 to below 1.`);
  return {
    hiddenSize,
    intermediateSize: config.count('intermediate_size', LIMITS.width) ?? 11008,
    layers: config.count('num_hidden_layers', LIMITS.layers) ?? 32,
    heads,
    kvHeads,
    headDim: readHeadDim(config, hiddenSize, heads),
    vocabSize: config.count('vocab_size', LIMITS.vocab) ?? 32000,
    rmsNormEps,
    maxPositions,
    attentionBias: config.flag('attention_bias') ?? false,
    mlpBias: config.flag('mlp_bias') ?? false,
    tiedEmbeddings: config.flag('tie_word_embeddings') ?? false,
    rope: readRope(config, maxPositions, notes),
    declaredDtype: config.text('dtype') ?? config.text('torch_dtype'),
  };
}

function checkKind(config: ConfigFields): void {
  const type = config.text('model_type');
  if (type === null) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      'config.json has no model_type, so nobody can tell what the weights mean. This engine runs model_type "llama".',
    );
  }
  if (type !== 'llama') {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `This is a model of type "${type}"; this engine runs "llama" (LlamaForCausalLM). Dump q, k and v from PyTorch and open them as a capture instead.`,
      { modelType: type },
    );
  }
  const quantization = config.object('quantization_config');
  if (quantization !== null) {
    const method = quantization.text('quant_method') ?? 'unnamed';
    throw new HeadscopeError(
      'UNSUPPORTED_WEIGHTS',
      `The weights are quantised (quantization_config, method "${method}"); use the model's float32, float16 or bfloat16 weights.`,
      {
        method,
      },
    );
  }
  const activation = config.text('hidden_act') ?? 'silu';
  if (activation !== 'silu' && activation !== 'swish') {
    throw new HeadscopeError('UNSUPPORTED_ARCHITECTURE', `config.json: hidden_act is "${activation}"; this engine computes "silu".`);
  }
}

function readHeadDim(config: ConfigFields, hiddenSize: number, heads: number): number {
  const given = config.count('head_dim', LIMITS.width);
  if (given === null && hiddenSize % heads !== 0) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: hidden_size (${hiddenSize}) is not a multiple of num_attention_heads (${heads}), and there is no head_dim.`,
    );
  }
  const headDim = given ?? hiddenSize / heads;
  if (headDim % 2 !== 0)
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: the head dimension is ${headDim}; rotary embeddings need an even one.`);
  if (headDim % 8 !== 0 || headDim > 256) {
    throw new HeadscopeError('UNSUPPORTED_ARCHITECTURE', `The head dimension is ${headDim}; this engine runs multiples of 8 up to 256.`, {
      headDim,
    });
  }
  return headDim;
}
