// A small Llama-family decoder in float64, written out plainly, and its checkpoint's bytes: what the tests hold a prefill against.
import type { NativeModelSpec, TensorLocation } from './addon.ts';
import { randomFloats } from './reference_attention.ts';

const SIZES = { hiddenSize: 24, intermediateSize: 40, layers: 2, heads: 4, kvHeads: 2, headDim: 8, vocabSize: 31 };
const EPS = 1e-5;

export interface TinyLlama {
  spec: NativeModelSpec;
  /** The one file the spec's tensors lie in. */
  bytes: Uint8Array;
  weights: Map<string, Float32Array>;
}

/** Random weights, with every bias. `shift` bytes lie before the first tensor, so that it may be unaligned. */
export function tinyLlama(shift = 3): TinyLlama {
  const { hiddenSize: hidden, intermediateSize: inner, heads, kvHeads, headDim } = SIZES;
  const weights = new Map<string, Float32Array>();
  const chunks: { at: number; data: Float32Array }[] = [];
  let at = shift;
  const tensor = (name: string, shape: number[], about = 0): TensorLocation => {
    const count = shape.reduce((a, b) => a * b, 1);
    const data = randomFloats(count, 100 + chunks.length).map((x) => about + 0.5 * x);
    const begin = at;
    chunks.push({ at: begin, data });
    weights.set(name, data);
    at += count * 4;
    return { name, dtype: 'f32', shape, file: 0, begin, end: at };
  };
  const spec: NativeModelSpec = {
    ...SIZES,
    rmsNormEps: EPS,
    normOffset: 0,
    embeddingScale: 1,
    residualScale: 1,
    scoreScale: headDim ** -0.5,
    scoreCap: 0,
    logitScale: 1,
    logitCap: 0,
    activation: 'silu',
    expertSize: 0,
    expertsPerToken: 0,
    normaliseExperts: false,
    rotaries: [
      { frequencies: Float32Array.from({ length: headDim / 2 }, (_, i) => 10_000 ** (-i / (headDim / 2))), scale: 1, interleaved: false },
    ],
    layerKinds: Array.from({ length: SIZES.layers }, () => ({ rotary: 0, window: 0 })),
    tensors: {
      embedding: tensor('embedding', [SIZES.vocabSize, hidden]),
      finalNorm: tensor('finalNorm', [hidden], 1),
      lmHead: tensor('lmHead', [SIZES.vocabSize, hidden]),
      layers: Array.from({ length: SIZES.layers }, (_, l) => {
        const make = (role: string, shape: number[], about?: number) => tensor(`${role}.${l}`, shape, about);
        return {
          q: make('q', [heads * headDim, hidden]),
          k: make('k', [kvHeads * headDim, hidden]),
          v: make('v', [kvHeads * headDim, hidden]),
          o: make('o', [hidden, heads * headDim]),
          gate: make('gate', [inner, hidden]),
          up: make('up', [inner, hidden]),
          down: make('down', [hidden, inner]),
          inputNorm: make('inputNorm', [hidden], 1),
          postNorm: make('postNorm', [hidden], 1),
          qBias: make('qBias', [heads * headDim]),
          kBias: make('kBias', [kvHeads * headDim]),
          vBias: make('vBias', [kvHeads * headDim]),
          oBias: make('oBias', [hidden]),
          gateBias: make('gateBias', [inner]),
          upBias: make('upBias', [inner]),
          downBias: make('downBias', [hidden]),
        };
      }),
    },
  };
  const bytes = new Uint8Array(at);
  for (const chunk of chunks) bytes.set(new Uint8Array(chunk.data.buffer, chunk.data.byteOffset, chunk.data.byteLength), chunk.at);
  return { spec, bytes, weights };
}

type Rows = number[][];

function linear(x: Rows, weight: Float32Array, bias: Float32Array | undefined, out: number): Rows {
  return x.map((row) =>
    Array.from({ length: out }, (_, o) => row.reduce((sum, value, i) => sum + value * weight[o * row.length + i]!, bias?.[o] ?? 0)),
  );
}

function rmsNorm(x: Rows, weight: Float32Array): Rows {
  return x.map((row) => {
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + value * value, 0) / row.length + EPS);
    return row.map((value, i) => value * scale * weight[i]!);
  });
}

const add = (a: Rows, b: Rows): Rows => a.map((row, i) => row.map((value, j) => value + b[i]![j]!));

export interface ForwardPass {
  /** [layers + 1] of [n][hidden]: the input of each layer, then of the final norm. */
  hidden: Rows[];
  /** [layers][heads][n] */
  lse: number[][][];
  logits: Rows;
}

export function forward({ spec, weights }: TinyLlama, tokens: Int32Array): ForwardPass {
  const { hiddenSize, intermediateSize, layers, heads, kvHeads, headDim, vocabSize } = spec;
  const w = (name: string) => weights.get(name)!;
  const rotate = (x: number[], position: number): number[] => {
    const half = headDim / 2;
    return x.map((_, t) => {
      const i = t % half;
      const angle = position * spec.rotaries[0]!.frequencies[i]!;
      return t < half ? x[i]! * Math.cos(angle) - x[i + half]! * Math.sin(angle) : x[i + half]! * Math.cos(angle) + x[i]! * Math.sin(angle);
    });
  };
  let x: Rows = Array.from(tokens, (id) => Array.from(w('embedding').slice(id * hiddenSize, (id + 1) * hiddenSize)));
  const hidden = [x];
  const lse: number[][][] = [];
  for (let l = 0; l < layers; l += 1) {
    const normed = rmsNorm(x, w(`inputNorm.${l}`));
    const q = linear(normed, w(`q.${l}`), w(`qBias.${l}`), heads * headDim);
    const k = linear(normed, w(`k.${l}`), w(`kBias.${l}`), kvHeads * headDim);
    const v = linear(normed, w(`v.${l}`), w(`vBias.${l}`), kvHeads * headDim);
    const attended: Rows = x.map(() => []);
    lse.push([]);
    for (let h = 0; h < heads; h += 1) {
      const kv = Math.floor(h / (heads / kvHeads));
      const part = (row: number[], head: number) => row.slice(head * headDim, (head + 1) * headDim);
      const queries = q.map((row, i) => rotate(part(row, h), i));
      const keys = k.map((row, i) => rotate(part(row, kv), i));
      lse[l]!.push([]);
      for (let i = 0; i < x.length; i += 1) {
        const scores = keys
          .slice(0, i + 1)
          .map((key) => key.reduce((sum, value, t) => sum + value * queries[i]![t]!, 0) / Math.sqrt(headDim));
        const total = Math.log(scores.reduce((sum, s) => sum + Math.exp(s), 0));
        lse[l]![h]!.push(total);
        for (let t = 0; t < headDim; t += 1)
          attended[i]!.push(scores.reduce((sum, s, j) => sum + Math.exp(s - total) * v[j]![kv * headDim + t]!, 0));
      }
    }
    x = add(x, linear(attended, w(`o.${l}`), w(`oBias.${l}`), hiddenSize));
    const post = rmsNorm(x, w(`postNorm.${l}`));
    const gate = linear(post, w(`gate.${l}`), w(`gateBias.${l}`), intermediateSize);
    const up = linear(post, w(`up.${l}`), w(`upBias.${l}`), intermediateSize);
    const mixed = gate.map((row, i) => row.map((g, j) => (g / (1 + Math.exp(-g))) * up[i]![j]!));
    x = add(x, linear(mixed, w(`down.${l}`), w(`downBias.${l}`), hiddenSize));
    hidden.push(x);
  }
  return { hidden, lse, logits: linear(rmsNorm(x, w('finalNorm')), w('lmHead'), undefined, vocabSize) };
}
