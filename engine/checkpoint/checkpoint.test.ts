import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HeadscopeError } from '../protocol/errors.ts';
import { describeCheckpoint, openCheckpoint } from './checkpoint.ts';
import { thrownError } from './thrown_error.ts';
import {
  fixtureTensors,
  rewriteFile,
  safetensorsBytes,
  seededRandom,
  TINY_CONFIG,
  temporaryFolder,
  tinyShapes,
  writeModelFolder,
} from './tiny_checkpoint.ts';

const demo = fileURLToPath(new URL('../../assets/demo-model', import.meta.url));
const without = (name: string, shapes = tinyShapes()) => Object.fromEntries(Object.entries(shapes).filter(([key]) => key !== name));
const open = (options: Parameters<typeof writeModelFolder>[0]) => openCheckpoint(writeModelFolder(options));
const openError = (options: Parameters<typeof writeModelFolder>[0]) => thrownError(() => open(options));

describe('openCheckpoint', () => {
  it('opens the bundled model', () => {
    const checkpoint = openCheckpoint(demo);
    const facts = describeCheckpoint(checkpoint);
    const config = JSON.parse(readFileSync(join(demo, 'config.json'), 'utf8'));
    expect(facts).toMatchObject({
      layers: config.num_hidden_layers,
      heads: config.num_attention_heads,
      kvHeads: config.num_key_value_heads,
      headDim: config.head_dim,
      hiddenSize: config.hidden_size,
      vocabSize: config.vocab_size,
      contextLength: config.max_position_embeddings,
      tied: true,
      tokenizerPresent: true,
      rope: { type: config.rope_scaling?.rope_type ?? 'default', theta: config.rope_theta },
      notes: [],
    });
    expect(facts.parametersByDtype).toEqual({ bf16: facts.parameters });
    expect(facts.weightBytes).toBe(2 * facts.parameters);
    expect(facts.identity).toMatch(/^sampled-sha256:[0-9a-f]{64}$/);
    expect(facts.weightsSha256).toMatch(/^weights-sha256:[0-9a-f]{64}$/);
    expect(checkpoint.spec.tensors.lmHead).toEqual(checkpoint.spec.tensors.embedding);
  });

  it('tells a fine-tune from the model it came from', () => {
    const folder = temporaryFolder();
    cpSync(demo, folder, { recursive: true });
    const before = openCheckpoint(folder).identity;
    expect(before).toBe(openCheckpoint(demo).identity);
    const path = join(folder, 'model.safetensors');
    const bytes = new Uint8Array(readFileSync(path));
    for (let at = 1 << 16; at < bytes.length; at += 2) bytes[at] = (bytes[at] ?? 0) ^ 1;
    rewriteFile(path, bytes);
    expect(openCheckpoint(folder).identity).not.toBe(before);
  });

  it('places every tensor by role, with or without the model. prefix, with biases where the config has them', () => {
    const shapes = tinyShapes({ biases: true });
    const bare = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name.replace(/^model\./, ''), shape]));
    for (const names of [shapes, bare]) {
      const { spec, notes } = open({ config: { attention_bias: true, mlp_bias: true }, tensors: fixtureTensors(names) });
      expect(notes).toEqual([]);
      expect(Object.keys(spec.tensors.layers[1] ?? {}).sort()).toEqual(
        [
          'q',
          'k',
          'v',
          'o',
          'gate',
          'up',
          'down',
          'inputNorm',
          'postNorm',
          'qBias',
          'kBias',
          'vBias',
          'oBias',
          'gateBias',
          'upBias',
          'downBias',
        ].sort(),
      );
      expect(spec.tensors.layers[1]?.k).toMatchObject({ dtype: 'f32', shape: [16, 32], file: 0 });
      expect(spec.tensors.layers[1]?.k?.name).toContain('layers.1.self_attn.k_proj.weight');
      expect(spec.rotaries[0]?.frequencies.length).toBe(4);
    }
  });

  it('reads shards, through symbolic links too, with a tensor the index forgot', () => {
    const all = Object.entries(fixtureTensors(tinyShapes()));
    const first = Object.fromEntries(all.slice(0, 9));
    const second = Object.fromEntries(all.slice(9));
    const weight_map = Object.fromEntries([
      ...Object.keys(first).map((name) => [name, 'ä-1.safetensors']),
      ...Object.keys(second)
        .slice(1)
        .map((name) => [name, 'b-2.safetensors']),
    ]);
    const index = JSON.stringify({ metadata: { total_size: 1 }, weight_map });
    const folder = writeModelFolder({
      files: {
        'ä-1.safetensors': safetensorsBytes(first),
        'b-2.safetensors': safetensorsBytes(second),
        'model.safetensors.index.json': index,
      },
    });
    mkdirSync(join(dirname(folder), 'blobs'));
    renameSync(join(folder, 'b-2.safetensors'), join(dirname(folder), 'blobs', 'abc'));
    symlinkSync('../blobs/abc', join(folder, 'b-2.safetensors'));
    const checkpoint = openCheckpoint(folder);
    expect(checkpoint.files.map((path) => path.slice(folder.length + 1))).toEqual(['b-2.safetensors', 'ä-1.safetensors']);
    expect(checkpoint.notes).toEqual(['1 tensors are in the shards but not in model.safetensors.index.json; they are used.']);
    expect(new Set((['q', 'o', 'down', 'postNorm'] as const).map((role) => checkpoint.spec.tensors.layers[1]?.[role]?.file))).toEqual(
      new Set([0]),
    );
    rmSync(join(folder, 'b-2.safetensors'));
    expect(thrownError(() => openCheckpoint(folder))).toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringContaining('b-2.safetensors'),
    });
  });

  it('lets model.safetensors win over a stale index', () => {
    const files = {
      'model.safetensors': safetensorsBytes(fixtureTensors(tinyShapes())),
      'model.safetensors.index.json': '{"weight_map":{"x":"../y"}}',
    };
    expect(open({ files }).notes.join()).toContain('index beside it is ignored');
  });

  it('handles tied embeddings as transformers does', () => {
    const tied = { tie_word_embeddings: true };
    const absent = open({ config: tied, tensors: fixtureTensors(without('lm_head.weight')) });
    expect(absent.tied).toBe(true);
    expect(absent.spec.tensors.lmHead).toEqual(absent.spec.tensors.embedding);
    const own = open({ config: tied });
    expect(own.tied).toBe(false);
    expect(own.spec.tensors.lmHead.name).toBe('lm_head.weight');
    expect(own.notes.join()).toContain('lm_head.weight of its own');
    expect(openError({ tensors: fixtureTensors(without('lm_head.weight')) }).message).toContain(
      'lm_head.weight (tie_word_embeddings is not true) is missing',
    );
  });

  it('notes tensors that nothing uses', () => {
    const shapes = { ...tinyShapes({ layers: 3 }), 'model.layers.0.self_attn.rotary_emb.inv_freq': [4] };
    expect(open({ tensors: fixtureTensors(shapes) }).notes.join()).toContain('10 tensors are not used');
  });

  it('has an identity that changes with the config and with the weights', () => {
    const base = open({});
    expect(open({}).identity).toBe(base.identity);
    expect(open({ tensors: fixtureTensors(tinyShapes(), { seed: 2 }) }).identity).not.toBe(base.identity);
    expect(open({ config: { rope_theta: 20000 } }).identity).not.toBe(base.identity);
  });
});

describe('openCheckpoint refuses', () => {
  it.each([
    [
      'a missing tensor',
      { tensors: fixtureTensors(without('model.layers.1.mlp.up_proj.weight')) },
      'CHECKPOINT_INVALID',
      /layers\.1\.mlp\.up_proj\.weight is missing; expected shape \[48, 32\]/,
    ],
    [
      'a wrong shape',
      { tensors: fixtureTensors({ ...tinyShapes(), 'model.layers.0.self_attn.k_proj.weight': [32, 32] }) },
      'CHECKPOINT_INVALID',
      /k_proj\.weight has the shape \[32, 32\]; config\.json makes it \[16, 32\]/,
    ],
    [
      'a bias flag without biases',
      { config: { attention_bias: true } },
      'CHECKPOINT_INVALID',
      /q_proj\.bias \(attention_bias is true\) is missing/,
    ],
    ['more layers than the file', { config: { num_hidden_layers: 5 } }, 'CHECKPOINT_INVALID', /5 layers, the files hold 2/],
    ['integer weights', { tensors: fixtureTensors(tinyShapes(), { dtype: 'I8', width: 1 }) }, 'UNSUPPORTED_WEIGHTS', /type I8/],
    ['double weights', { tensors: fixtureTensors(tinyShapes(), { dtype: 'F64', width: 8 }) }, 'UNSUPPORTED_WEIGHTS', /type F64/],
    ['a pickle', { files: { 'pytorch_model.bin': 'x' } }, 'UNSUPPORTED_WEIGHTS', /pickle.*safe_serialization/],
    ['pickled shards', { files: { 'pytorch_model.bin.index.json': '{}' } }, 'UNSUPPORTED_WEIGHTS', /pickle/],
    ['gguf', { files: { 'model.gguf': 'x' } }, 'UNSUPPORTED_WEIGHTS', /format/],
    ['a shard without index', { files: { 'model-00001-of-00002.safetensors': 'x' } }, 'CHECKPOINT_INVALID', /index/],
    ['no weights', { files: {} }, 'FILE_NOT_FOUND', /no weights/],
    [
      'an index out of the folder',
      { files: { 'model.safetensors.index.json': '{"weight_map":{"x":"../y.safetensors"}}' } },
      'CHECKPOINT_INVALID',
      /\.\.\/y/,
    ],
    [
      'an absolute index',
      { files: { 'model.safetensors.index.json': '{"weight_map":{"x":"/y.safetensors"}}' } },
      'CHECKPOINT_INVALID',
      /plain names/,
    ],
    ['an index of numbers', { files: { 'model.safetensors.index.json': '{"weight_map":{"x":1}}' } }, 'CHECKPOINT_INVALID', /not a string/],
    ['an index without a map', { files: { 'model.safetensors.index.json': '[]' } }, 'CHECKPOINT_INVALID', /weight_map/],
    ['an index of pickles', { files: { 'model.safetensors.index.json': '{"weight_map":{"x":"y.bin"}}' } }, 'UNSUPPORTED_WEIGHTS', /y\.bin/],
    ['another model type', { config: { model_type: 'bert' } }, 'UNSUPPORTED_ARCHITECTURE', /"bert".*qwen2/],
    ['no model type', { config: { model_type: null } }, 'UNSUPPORTED_ARCHITECTURE', /no model_type/],
    ['quantised weights', { config: { quantization_config: { quant_method: 'gptq' } } }, 'UNSUPPORTED_WEIGHTS', /"gptq"/],
    ['another activation', { config: { hidden_act: 'gelu' } }, 'UNSUPPORTED_ARCHITECTURE', /"gelu"/],
    ['heads that do not divide', { config: { num_key_value_heads: 3 } }, 'CHECKPOINT_INVALID', /not a multiple/],
    ['an odd head', { config: { head_dim: 7 } }, 'CHECKPOINT_INVALID', /even/],
    ['a head of 12', { config: { head_dim: 12 } }, 'UNSUPPORTED_ARCHITECTURE', /multiples of 8/],
    ['a head of 264', { config: { head_dim: 264 } }, 'UNSUPPORTED_ARCHITECTURE', /256/],
    ['a fractional head', { config: { head_dim: null, hidden_size: 33 } }, 'CHECKPOINT_INVALID', /no head_dim/],
    ['negative eps', { config: { rms_norm_eps: -1e-6 } }, 'CHECKPOINT_INVALID', /rms_norm_eps/],
    ['zero layers', { config: { num_hidden_layers: 0 } }, 'CHECKPOINT_INVALID', /num_hidden_layers/],
    ['huge sizes', { config: { hidden_size: 2 ** 40 } }, 'CHECKPOINT_INVALID', /hidden_size/],
    ['a billion layers', { config: { num_hidden_layers: 1e9 } }, 'CHECKPOINT_INVALID', /num_hidden_layers/],
    ['a fractional size', { config: { hidden_size: 32.5 } }, 'CHECKPOINT_INVALID', /hidden_size/],
    ['a flag that is a string', { config: { tie_word_embeddings: 'true' } }, 'CHECKPOINT_INVALID', /tie_word_embeddings/],
    ['an infinite eps', { configText: '{"model_type":"llama","rms_norm_eps":1e400}' }, 'CHECKPOINT_INVALID', /rms_norm_eps is Infinity/],
    ['NaN in the config', { configText: '{"model_type":"llama","rms_norm_eps":NaN}' }, 'CHECKPOINT_INVALID', /bare NaN/],
    ['a config that is a list', { configText: '[]' }, 'CHECKPOINT_INVALID', /not a JSON object/],
    ['half a config', { configText: '{"model_type":"ll' }, 'CHECKPOINT_INVALID', /not valid JSON/],
    ['a config in Latin-1', { files: { 'config.json': new Uint8Array([0x7b, 0xff, 0x7d]) } }, 'CHECKPOINT_INVALID', /UTF-8/],
  ])('%s', (_name, options, code, message) => {
    const error = openError(options);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('a folder that is absent, empty or a file', () => {
    const folder = temporaryFolder();
    expect(thrownError(() => openCheckpoint(join(folder, 'absent')))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('absent'),
    });
    expect(thrownError(() => openCheckpoint(folder))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('config.json'),
    });
    writeFileSync(join(folder, 'file'), '');
    expect(thrownError(() => openCheckpoint(join(folder, 'file'))).code).toBe('FILE_NOT_FOUND');
  });
});

describe('2,000 mutated config.json', () => {
  it('end in a checkpoint or in a coded error', () => {
    const random = seededRandom(7);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const keys = [
      ...Object.keys(TINY_CONFIG),
      'rope_scaling',
      'rope_parameters',
      'quantization_config',
      'attention_bias',
      'hidden_act',
      'original_max_position_embeddings',
    ];
    const values = [
      null,
      0,
      -1,
      1,
      2,
      8,
      1e9,
      1e308,
      1.5,
      '8',
      '',
      true,
      false,
      [],
      {},
      { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 },
      { rope_theta: -0 },
      [[[]]],
    ];
    const folder = writeModelFolder();
    const outcomes = new Map<string, number>();
    for (let round = 0; round < 2000; round++) {
      const config: Record<string, unknown> = { ...TINY_CONFIG };
      for (let edit = 0; edit <= random() * 2; edit++) config[pick(keys)] = pick(values);
      let text = JSON.stringify(config);
      if (random() < 0.3) {
        const at = Math.floor(random() * text.length);
        text =
          text.slice(0, at) +
          pick(['', '"', '{', '[', 'NaN', '1e999', '\u0000', '-', ',"hidden_size":1']) +
          text.slice(at + Math.floor(random() * 3));
      }
      rewriteFile(join(folder, 'config.json'), text);
      let outcome = 'opened';
      try {
        expect(openCheckpoint(folder).spec.rotaries.every(({ frequencies }) => frequencies.every(Number.isFinite))).toBe(true);
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        outcome = error.code;
      }
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    expect(outcomes.get('opened')).toBeGreaterThan(50);
    expect([...outcomes.keys()].sort()).toEqual(['CHECKPOINT_INVALID', 'UNSUPPORTED_ARCHITECTURE', 'UNSUPPORTED_WEIGHTS', 'opened']);
  });
});
