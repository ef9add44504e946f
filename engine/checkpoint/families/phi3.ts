// Phi-3, Phi-3.5 and Phi-4-mini: fused projections, LongRoPE, partial rotation, a window where the config has one.
import { HeadscopeError } from '../../protocol/errors.ts';
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { type DecoderBase, readDecoder, requireSilu, sameLayers } from '../decoder_fields.ts';
import { readWindow } from '../layer_types.ts';
import { type Rope, readRopeFrom, rotaryFields } from '../rope.ts';
import { LLAMA_NAMES } from '../tensor_names.ts';

const DEFAULTS = {
  hiddenSize: 3072,
  intermediateSize: 8192,
  layers: 32,
  heads: 32,
  kvHeads: null,
  headDim: null,
  vocabSize: 32064,
  maxPositions: 4096,
  rmsNormEps: 1e-5,
  tiedEmbeddings: false,
};
const ORIGINAL_LENGTH = 4096;

export function readPhi3(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, DEFAULTS);
  return {
    ...base,
    architecture: 'Phi3ForCausalLM',
    ropes: [readPhi3Rope(config, base, notes)],
    layerKinds: sameLayers(base.layers, readWindow(config, null)),
    tensors: {
      ...LLAMA_NAMES,
      attention: { qkv: 'self_attn.qkv_proj', o: 'self_attn.o_proj' },
      mlp: { gateUp: 'mlp.gate_up_proj', down: 'mlp.down_proj' },
    },
  };
}

/** Unlike every other family the top-level original length always counts, even where it is absent: then 4,096 does. */
function readPhi3Rope(config: ConfigFields, base: DecoderBase, notes: string[]): Rope {
  const used = rotaryFields(config, notes);
  const type = used.text('rope_type') ?? used.text('type') ?? 'default';
  if (!['default', 'longrope', 'su', 'yarn'].includes(type)) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json asks for rotary embeddings of type "${type}"; models of type "phi3" have longrope or none, in transformers as here.`,
      { ropeType: type },
    );
  }
  const original = config.count('original_max_position_embeddings') ?? ORIGINAL_LENGTH;
  const inside = used.count('original_max_position_embeddings');
  if (inside !== null && inside !== original)
    notes.push(
      `original_max_position_embeddings is ${original} for a phi3, as at top level; the ${inside} among the rotary parameters is ignored.`,
    );
  return readRopeFrom(
    used.with('original_max_position_embeddings', original),
    config.with('original_max_position_embeddings', original),
    { ...base, theta: config.number('rope_theta') ?? 10_000, partial: 1 },
    notes,
    (spelling) => (spelling === 'su' || spelling === 'yarn' ? 'longrope' : spelling),
  );
}
