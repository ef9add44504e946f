// From the tensors of the files to the tensors by role: every one that the config asks for must be there, in its shape, in a plain float type.

import type { DType, NativeLayerTensors, TensorLocation } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { BiasRole, DecoderConfig, NormRole } from './decoder_config.ts';
import { printable } from './strict_json.ts';
import type { PlacedTensor, WeightFiles } from './weight_files.ts';

export interface TensorTable {
  embedding: TensorLocation;
  finalNorm: TensorLocation;
  lmHead: TensorLocation;
  layers: NativeLayerTensors[];
  /** The lm_head is the embedding. */
  tied: boolean;
}

const DTYPES: Readonly<Record<string, DType>> = { F32: 'f32', F16: 'f16', BF16: 'bf16' };

/** Throws CHECKPOINT_INVALID naming the tensor, its expected and its found shape; UNSUPPORTED_WEIGHTS for integer or packed types. */
export function tensorTable(config: DecoderConfig, files: WeightFiles, notes: string[]): TensorTable {
  return new TableBuilder(config, files).build(notes);
}

class TableBuilder {
  readonly #config: DecoderConfig;
  readonly #files: WeightFiles;
  readonly #used = new Set<string>();

  constructor(config: DecoderConfig, files: WeightFiles) {
    this.#config = config;
    this.#files = files;
  }

  build(notes: string[]): TensorTable {
    const { tensors: names, vocabSize, hiddenSize, layers } = this.#config;
    const embedding = this.#take(`${names.embedding}.weight`, [vocabSize, hiddenSize]);
    const table = {
      embedding,
      finalNorm: this.#take(`${names.finalNorm}.weight`, [hiddenSize]),
      layers: Array.from({ length: layers }, (_, layer) => this.#layer(layer)),
      ...this.#head(embedding, notes),
    };
    this.#noteExtras(notes);
    return table;
  }

  #layer(layer: number): NativeLayerTensors {
    const { tensors: names, norms, biases, layerKinds } = this.#config;
    const at = `${names.layer}${layer}.`;
    const found: NativeLayerTensors = { ...this.#attention(at), ...(layerKinds[layer]?.experts ? this.#experts(at) : this.#mlp(at)) };
    for (const norm of norms) found[norm] = this.#take(`${at}${names[norm]}.weight`, [this.#normSize(norm)]);
    // A fused projection's bias is as fused as its weight; which rows are whose was decided with the weight.
    for (const role of ['q', 'k', 'v', 'o', 'gate', 'up', 'down'] as const) {
      const why = biases[role];
      if (why !== undefined) found[`${role}Bias`] = this.#bias(at, role, why);
    }
    return found;
  }

  #normSize(norm: NormRole): number {
    const { hiddenSize, headDim, headNorms, heads, kvHeads } = this.#config;
    if (norm !== 'qNorm' && norm !== 'kNorm') return hiddenSize;
    return headNorms === 'head' ? headDim : headDim * (norm === 'qNorm' ? heads : kvHeads);
  }

  /** Output rows of the projections, in the order in which they are fused. */
  #widths() {
    const { heads, kvHeads, headDim, intermediateSize: inner } = this.#config;
    return { q: heads * headDim, k: kvHeads * headDim, v: kvHeads * headDim, gate: inner, up: inner };
  }

  #attention(at: string) {
    const { tensors: names, hiddenSize: hidden } = this.#config;
    const { q, k, v } = this.#widths();
    const { attention } = names;
    const o = this.#take(`${at}${attention.o}.weight`, [hidden, q]);
    if ('qkv' in attention) {
      const fused = this.#take(`${at}${attention.qkv}.weight`, [q + k + v, hidden]);
      return { q: rowsOf(fused, 0, q), k: rowsOf(fused, q, k), v: rowsOf(fused, q + k, v), o };
    }
    return {
      q: this.#take(`${at}${attention.q}.weight`, [q, hidden]),
      k: this.#take(`${at}${attention.k}.weight`, [k, hidden]),
      v: this.#take(`${at}${attention.v}.weight`, [v, hidden]),
      o,
    };
  }

  #mlp(at: string) {
    const { tensors: names, hiddenSize: hidden, intermediateSize: inner } = this.#config;
    const { mlp } = names;
    const down = this.#take(`${at}${mlp.down}.weight`, [hidden, inner]);
    if ('gateUp' in mlp) {
      const fused = this.#take(`${at}${mlp.gateUp}.weight`, [2 * inner, hidden]);
      return { gate: rowsOf(fused, 0, inner), up: rowsOf(fused, inner, inner), down };
    }
    return {
      gate: this.#take(`${at}${mlp.gate}.weight`, [inner, hidden]),
      up: this.#take(`${at}${mlp.up}.weight`, [inner, hidden]),
      down,
    };
  }

  #experts(at: string) {
    const { tensors: names, experts, hiddenSize: hidden } = this.#config;
    const { count, intermediateSize: inner } = experts ?? { count: 0, intermediateSize: 0 };
    return {
      router: this.#take(`${at}${names.router}.weight`, [count, hidden]),
      experts: Array.from({ length: count }, (_, expert) => {
        const own = (name: string, shape: number[]) => this.#take(`${at}${names.experts}${expert}.${name}.weight`, shape);
        const { gate, up, down } = names.expert;
        return { gate: own(gate, [inner, hidden]), up: own(up, [inner, hidden]), down: own(down, [hidden, inner]) };
      }),
    };
  }

  #bias(at: string, role: BiasRole, why: string): TensorLocation {
    const { tensors: names, hiddenSize: hidden } = this.#config;
    const { attention, mlp } = names;
    const { q, k, v, gate, up } = this.#widths();
    if (role === 'o') return this.#take(`${at}${attention.o}.bias`, [hidden], why);
    if (role === 'down') return this.#take(`${at}${mlp.down}.bias`, [hidden], why);
    if (role === 'gate' || role === 'up') {
      if ('gateUp' in mlp) return rowsOf(this.#take(`${at}${mlp.gateUp}.bias`, [gate + up], why), role === 'gate' ? 0 : gate, up);
      return this.#take(`${at}${mlp[role]}.bias`, [gate], why);
    }
    const size = { q, k, v }[role];
    if (!('qkv' in attention)) return this.#take(`${at}${attention[role]}.bias`, [size], why);
    return rowsOf(this.#take(`${at}${attention.qkv}.bias`, [q + k + v], why), { q: 0, k: q, v: q + k }[role], size);
  }

  /** A lm_head.weight in the file counts even where the config ties the embeddings, as in transformers 5. */
  #head(embedding: TensorLocation, notes: string[]): { lmHead: TensorLocation; tied: boolean } {
    const { tensors: names, tiedEmbeddings, vocabSize, hiddenSize } = this.#config;
    const shape = [vocabSize, hiddenSize];
    for (const name of names.lmHead) {
      const own = this.#files.tensors.get(`${name}.weight`);
      if (own === undefined) continue;
      this.#used.add(own.name);
      if (tiedEmbeddings) notes.push('config.json ties the embeddings, but the file has a lm_head.weight of its own; that one is used.');
      return { lmHead: located(own, shape), tied: false };
    }
    if (tiedEmbeddings) return { lmHead: embedding, tied: true };
    throw this.#missing(`${names.lmHead[0]}.weight`, shape, 'tie_word_embeddings is not true');
  }

  #take(name: string, shape: number[], why = ''): TensorLocation {
    for (const prefix of this.#config.tensors.prefixes) {
      const found = this.#files.tensors.get(`${prefix}${name}`);
      if (found === undefined) continue;
      this.#used.add(found.name);
      return located(found, shape);
    }
    throw this.#missing(name, shape, why);
  }

  #missing(name: string, shape: number[], why: string): HeadscopeError {
    const layers = new Set<number>();
    for (const tensor of this.#files.tensors.keys()) {
      const layer = /(?:^|\.)layers\.(\d+)\./.exec(tensor)?.[1];
      if (layer !== undefined) layers.add(Number(layer));
    }
    const hint = layers.size < this.#config.layers ? ` config.json says ${this.#config.layers} layers, the files hold ${layers.size}.` : '';
    const because = why === '' ? '' : ` (${why})`;
    return new HeadscopeError(
      'CHECKPOINT_INVALID',
      `Tensor ${name}${because} is missing; expected shape [${shape.join(', ')}], found none.${hint} The download is incomplete or config.json is of another model.`,
      { tensor: name, expected: shape, found: null },
    );
  }

  #noteExtras(notes: string[]): void {
    const extras = [...this.#files.tensors.keys()].filter((name) => !this.#used.has(name));
    if (extras.length === 0) return;
    const shown = extras.slice(0, 3).map(printable).join(', ');
    notes.push(
      `${extras.length} ${extras.length === 1 ? 'tensor is' : 'tensors are'} not used: ${shown}${extras.length > 3 ? ', ...' : ''}.`,
    );
  }
}

/** Rows [first, first + count) of a tensor, which lie together. */
function rowsOf(tensor: TensorLocation, first: number, count: number): TensorLocation {
  const [rows = 1, ...rest] = tensor.shape;
  const rowBytes = (tensor.end - tensor.begin) / rows;
  const begin = tensor.begin + first * rowBytes;
  return { ...tensor, shape: [count, ...rest], begin, end: begin + count * rowBytes };
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
