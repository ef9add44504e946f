// Mixtral and Qwen3-MoE: the MLP is a router's choice among experts.
import { HeadscopeError } from '../../protocol/errors.ts';
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readWindow } from '../layer_types.ts';
import { readRope } from '../rope.ts';
import { LLAMA_NAMES } from '../tensor_names.ts';
import { MISTRAL_DEFAULTS } from './mistral.ts';

const MOST_EXPERTS = 4096;

const QWEN3_MOE_DEFAULTS = {
  hiddenSize: 2048,
  intermediateSize: 6144,
  layers: 24,
  heads: 32,
  kvHeads: 4,
  headDim: null,
  vocabSize: 151936,
  maxPositions: 32768,
  rmsNormEps: 1e-6,
  tiedEmbeddings: false,
};

export function readMixtral(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, { ...MISTRAL_DEFAULTS, rmsNormEps: 1e-5 });
  const layers = sameLayers(base.layers, readWindow(config, null));
  return {
    ...base,
    architecture: 'MixtralForCausalLM',
    experts: { ...readChoice(config, 8, 2), intermediateSize: base.intermediateSize, normalised: true },
    ropes: [readRope(config, { ...base, theta: 1e6 }, notes)],
    layerKinds: layers.map((kind) => ({ ...kind, experts: true })),
    tensors: {
      ...LLAMA_NAMES,
      router: 'block_sparse_moe.gate',
      experts: 'block_sparse_moe.experts.',
      expert: { gate: 'w1', up: 'w3', down: 'w2' },
    },
  };
}

export function readQwen3Moe(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, QWEN3_MOE_DEFAULTS);
  const window = (config.flag('use_sliding_window') ?? false) ? readWindow(config, 4096) : null;
  const step = config.count('decoder_sparse_step') ?? 1;
  const dense = new Set(config.numbers('mlp_only_layers') ?? []);
  const choice = readChoice(config, 128, 8);
  return {
    ...base,
    architecture: 'Qwen3MoeForCausalLM',
    norms: ['inputNorm', 'qNorm', 'kNorm', 'postNorm'],
    biases: biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
    experts: {
      ...choice,
      intermediateSize: config.count('moe_intermediate_size', 1 << 20) ?? 768,
      normalised: config.flag('norm_topk_prob') ?? false,
    },
    ropes: [readRope(config, base, notes)],
    layerKinds: sameLayers(base.layers, window).map((kind, layer) => ({ ...kind, experts: !dense.has(layer) && (layer + 1) % step === 0 })),
  };
}

function readChoice(config: ConfigFields, count: number, perToken: number): { count: number; perToken: number } {
  const experts = config.count('num_local_experts', MOST_EXPERTS) ?? config.count('num_experts', MOST_EXPERTS) ?? count;
  const taken = config.count('num_experts_per_tok', MOST_EXPERTS) ?? perToken;
  if (taken > experts) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: num_experts_per_tok (${taken}) is more than the ${experts} experts there are.`,
    );
  }
  return { count: experts, perToken: taken };
}
