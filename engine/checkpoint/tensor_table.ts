// From the tensors of the files to the tensors by role: every one that the config asks for must be there, in its shape, in a plain float type.

import type { DType, TensorLocation } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { LlamaConfig } from './llama_config.ts';
import { printable } from './strict_json.ts';
import type { PlacedTensor, WeightFiles } from './weight_files.ts';

export interface TensorTable {
  embedding: TensorLocation;
  finalNorm: TensorLocation;
  lmHead: TensorLocation;
  layers: Record<string, TensorLocation>[];
  /** The lm_head is the embedding. */
  tied: boolean;
}

const DTYPES: Readonly<Record<string, DType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** Throws CHECKPOINT_INVALID naming the tensor, its expected and its found shape; UNSUPPORTED_WEIGHTS for integer or packed types. */
export function tensorTable(config: LlamaConfig, files: WeightFiles, notes: string[]): TensorTable {
  const used = new Set<string>();

  /** Names come with or without the prefix that transformers' *ForCausalLM classes add. */
  const find = (name: string): PlacedTensor | undefined => {
    const found = files.tensors.get(`model.${name}`) ?? files.tensors.get(name);
    if (found !== undefined) used.add(found.name);
    return found;
  };
  const take = (name: string, shape: number[], why = ''): TensorLocation => {
    const found = find(name);
    if (found === undefined) throw missing(name, shape, why, config, files);
    return located(found, shape);
  };

  const { hiddenSize: hidden, intermediateSize: inner, headDim } = config;
  const queries = config.heads * headDim;
  const keys = config.kvHeads * headDim;
  const embedding = take('embed_tokens.weight', [config.vocabSize, hidden]);
  const finalNorm = take('norm.weight', [hidden]);

  const layers: Record<string, TensorLocation>[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const at = (name: string, shape: number[], why?: string) => take(`layers.${layer}.${name}`, shape, why);
    const roles: Record<string, TensorLocation> = {
      q: at('self_attn.q_proj.weight', [queries, hidden]),
      k: at('self_attn.k_proj.weight', [keys, hidden]),
      v: at('self_attn.v_proj.weight', [keys, hidden]),
      o: at('self_attn.o_proj.weight', [hidden, queries]),
      gate: at('mlp.gate_proj.weight', [inner, hidden]),
      up: at('mlp.up_proj.weight', [inner, hidden]),
      down: at('mlp.down_proj.weight', [hidden, inner]),
      inputNorm: at('input_layernorm.weight', [hidden]),
      postNorm: at('post_attention_layernorm.weight', [hidden]),
    };
    if (config.attentionBias) {
      const why = 'attention_bias is true';
      roles.qBias = at('self_attn.q_proj.bias', [queries], why);
      roles.kBias = at('self_attn.k_proj.bias', [keys], why);
      roles.vBias = at('self_attn.v_proj.bias', [keys], why);
      roles.oBias = at('self_attn.o_proj.bias', [hidden], why);
    }
    if (config.mlpBias) {
      const why = 'mlp_bias is true';
      roles.gateBias = at('mlp.gate_proj.bias', [inner], why);
      roles.upBias = at('mlp.up_proj.bias', [inner], why);
      roles.downBias = at('mlp.down_proj.bias', [hidden], why);
    }
    layers.push(roles);
  }

  const head = takeHead(config, files, embedding, used, notes);
  noteExtras(files, used, notes);
  return { embedding, finalNorm, lmHead: head.lmHead, layers, tied: head.tied };
}

/** A lm_head.weight in the file counts even where the config ties the embeddings, as in transformers 5. */
function takeHead(
  config: LlamaConfig,
  files: WeightFiles,
  embedding: TensorLocation,
  used: Set<string>,
  notes: string[],
): { lmHead: TensorLocation; tied: boolean } {
  const own = files.tensors.get('lm_head.weight') ?? files.tensors.get('model.lm_head.weight');
  if (own !== undefined) {
    used.add(own.name);
    if (config.tiedEmbeddings)
      notes.push('config.json ties the embeddings, but the file has a lm_head.weight of its own; that one is used.');
    return { lmHead: located(own, [config.vocabSize, config.hiddenSize]), tied: false };
  }
  if (config.tiedEmbeddings) return { lmHead: embedding, tied: true };
  throw missing('lm_head.weight', [config.vocabSize, config.hiddenSize], 'tie_word_embeddings is not true', config, files);
}

function located(tensor: PlacedTensor, shape: number[]): TensorLocation {
  const dtype = Object.hasOwn(DTYPES, tensor.dtype) ? DTYPES[tensor.dtype] : undefined;
  if (dtype === undefined) {
    throw new HeadscopeError(
      'UNSUPPORTED_WEIGHTS',
      `Tensor ${printable(tensor.name)} is of type ${tensor.dtype}; this engine reads F32, F16 and BF16. Use the model's unquantised weights.`,
      { tensor: tensor.name, dtype: tensor.dtype },
    );
  }
  if (tensor.shape.length !== shape.length || tensor.shape.some((extent, axis) => extent !== shape[axis])) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `Tensor ${printable(tensor.name)} has the shape [${printable(tensor.shape.join(', '))}]; config.json makes it [${shape.join(', ')}].`,
      { tensor: tensor.name, expected: shape, found: tensor.shape },
    );
  }
  return { name: tensor.name, dtype, shape: [...shape], file: tensor.file, begin: tensor.begin, end: tensor.end };
}

function missing(name: string, shape: number[], why: string, config: LlamaConfig, files: WeightFiles): HeadscopeError {
  const layers = new Set<number>();
  for (const tensor of files.tensors.keys()) {
    const layer = /^(?:model\.)?layers\.(\d+)\./.exec(tensor)?.[1];
    if (layer !== undefined) layers.add(Number(layer));
  }
  const hint = layers.size < config.layers ? ` config.json says ${config.layers} layers, the files hold ${layers.size}.` : '';
  const because = why === '' ? '' : ` (${why})`;
  return new HeadscopeError(
    'CHECKPOINT_INVALID',
    `Tensor ${name}${because} is missing; expected shape [${shape.join(', ')}], found none.${hint} The download is incomplete or config.json is of another model.`,
    { tensor: name, expected: shape, found: null },
  );
}

function noteExtras(files: WeightFiles, used: ReadonlySet<string>, notes: string[]): void {
  const extras = [...files.tensors.keys()].filter((name) => !used.has(name));
  if (extras.length === 0) return;
  const shown = extras.slice(0, 3).map(printable).join(', ');
  notes.push(
    `${extras.length} ${extras.length === 1 ? 'tensor is' : 'tensors are'} not used: ${shown}${extras.length > 3 ? ', ...' : ''}.`,
  );
}
