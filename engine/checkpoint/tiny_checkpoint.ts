// Model folders and safetensors files for tests, built from a description: small, deterministic, and easy to break on purpose.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

export interface FixtureTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** A small generator with a seed (mulberry32): numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The bytes of a safetensors file, tensors in the order given. `header` replaces the JSON text, `padding` adds spaces to it. */
export function safetensorsBytes(
  tensors: Record<string, FixtureTensor>,
  options: { metadata?: Record<string, string>; header?: string; padding?: number } = {},
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const header: Record<string, unknown> = options.metadata === undefined ? {} : { __metadata__: options.metadata };
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const text = new TextEncoder().encode((options.header ?? JSON.stringify(header)) + ' '.repeat(options.padding ?? 0));
  const file = new Uint8Array(8 + text.length + at);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  at = 8 + text.length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

export const TINY_CONFIG: Readonly<Record<string, unknown>> = {
  model_type: 'llama',
  vocab_size: 40,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  rms_norm_eps: 1e-5,
  max_position_embeddings: 128,
  rope_theta: 10000,
  tie_word_embeddings: false,
};

/** Name -> shape of every tensor TINY_CONFIG asks for, with biases where told. */
export function tinyShapes({ layers = 2, biases = false } = {}): Record<string, number[]> {
  const shapes: Record<string, number[]> = { 'model.embed_tokens.weight': [40, 32], 'model.norm.weight': [32], 'lm_head.weight': [40, 32] };
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    Object.assign(shapes, {
      [`${at}.self_attn.q_proj.weight`]: [32, 32],
      [`${at}.self_attn.k_proj.weight`]: [16, 32],
      [`${at}.self_attn.v_proj.weight`]: [16, 32],
      [`${at}.self_attn.o_proj.weight`]: [32, 32],
      [`${at}.mlp.gate_proj.weight`]: [48, 32],
      [`${at}.mlp.up_proj.weight`]: [48, 32],
      [`${at}.mlp.down_proj.weight`]: [32, 48],
      [`${at}.input_layernorm.weight`]: [32],
      [`${at}.post_attention_layernorm.weight`]: [32],
    });
    if (biases) {
      Object.assign(shapes, {
        [`${at}.self_attn.q_proj.bias`]: [32],
        [`${at}.self_attn.k_proj.bias`]: [16],
        [`${at}.self_attn.v_proj.bias`]: [16],
        [`${at}.self_attn.o_proj.bias`]: [32],
        [`${at}.mlp.gate_proj.bias`]: [48],
        [`${at}.mlp.up_proj.bias`]: [48],
        [`${at}.mlp.down_proj.bias`]: [32],
      });
    }
  }
  return shapes;
}

/** Tensors of these shapes, float32 uniform in [-0.1, 0.1) (norms: 1), or zeros of another dtype of `width` bytes. */
export function fixtureTensors(
  shapes: Record<string, number[]>,
  { dtype = 'F32', width = 4, seed = 1 } = {},
): Record<string, FixtureTensor> {
  const random = seededRandom(seed);
  const tensors: Record<string, FixtureTensor> = {};
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const values = dtype === 'F32' ? Float32Array.from({ length: count }, () => (name.includes('norm') ? 1 : (random() - 0.5) / 5)) : null;
    tensors[name] = { dtype, shape, bytes: values === null ? new Uint8Array(count * width) : new Uint8Array(values.buffer) };
  }
  return tensors;
}

const temporaryFolders: string[] = [];
afterAll(() => {
  for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own, removed when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'headscope-test-'));
  temporaryFolders.push(folder);
  return folder;
}

/** Replaces a file by a new one: overwriting in place makes some file systems flush, which thousands of mutations would feel. */
export function rewriteFile(path: string, content: Uint8Array | string): void {
  rmSync(path, { force: true });
  writeFileSync(path, content);
}

/** Writes a model folder: config.json from TINY_CONFIG and `config`, and `files` (or model.safetensors of `tensors`). Returns its path. */
export function writeModelFolder(
  options: {
    config?: Record<string, unknown>;
    configText?: string;
    tensors?: Record<string, FixtureTensor>;
    files?: Record<string, Uint8Array | string>;
  } = {},
): string {
  const folder = join(temporaryFolder(), 'model');
  mkdirSync(folder);
  writeFileSync(join(folder, 'config.json'), options.configText ?? JSON.stringify({ ...TINY_CONFIG, ...options.config }));
  const files = options.files ?? { 'model.safetensors': safetensorsBytes(options.tensors ?? fixtureTensors(tinyShapes())) };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}
