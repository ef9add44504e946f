// What each family's reader must not take in silence: settings that this engine, and mostly transformers too, would compute wrongly.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../checkpoint.ts';
import { parseModelConfig } from '../model_config.ts';
import { readSafetensorsHeader } from '../safetensors.ts';
import { thrownError } from '../thrown_error.ts';
import { type FixtureTensor, rewriteFile, safetensorsBytes, writeModelFolder } from '../tiny_checkpoint.ts';
import { FAMILIES } from './by_model_type.ts';

const goldens = fileURLToPath(new URL('../../../test/golden/families', import.meta.url));
/** A committed checkpoint of each model type but "gemma3", whose text model "gemma3_text" is. */
const FOLDERS: Readonly<Record<string, string>> = {
  qwen3_moe: 'qwen3-moe',
  gemma3_text: 'gemma3',
  llama: 'llama-yarn',
};
const types = Object.keys(FAMILIES).filter((type) => type !== 'gemma3');
const folderOf = (type: string) => join(goldens, FOLDERS[type] ?? type);
const configOf = (type: string): Record<string, unknown> => JSON.parse(readFileSync(join(folderOf(type), 'config.json'), 'utf8'));
const refusal = (config: Record<string, unknown>) => thrownError(() => parseModelConfig(JSON.stringify(config), []));
const opens = (config: Record<string, unknown>) => parseModelConfig(JSON.stringify(config), []);

/** The checkpoint's tensors as zeros of their shapes, in one type. */
function zeros(type: string, dtype = 'BF16', width = 2): Record<string, FixtureTensor> {
  const { tensors } = readSafetensorsHeader(join(folderOf(type), 'model.safetensors'));
  return Object.fromEntries(
    [...tensors.values()].map(({ name, shape }) => {
      const bytes = new Uint8Array(width * shape.reduce((product, extent) => product * extent, 1));
      return [name, { dtype, shape: [...shape], bytes }];
    }),
  );
}

describe.each(types)('a "%s"', (type) => {
  const config = configOf(type);
  const eps = type === 'chatglm' ? 'layernorm_epsilon' : 'rms_norm_eps';

  it('opens as it is, whatever else its config says', () => {
    expect(opens(config).layers).toBeGreaterThan(0);
    expect(opens({ ...config, architectures: [`${FAMILIES[type]?.classes[0]}ForCausalLM`] })).toEqual(opens(config));
    expect(opens({ ...config, architectures: null, quantization_config: null, pretraining_tp: 4, use_cache: false })).toEqual(
      opens(config),
    );
  });

  it.each([
    ['a class of another family', { architectures: ['MambaForCausalLM'] }, 'UNSUPPORTED_ARCHITECTURE', /MambaForCausalLM.*model_type/],
    [
      'a class of a successor',
      { architectures: [`${FAMILIES[type]?.classes[0]}5ForCausalLM`] },
      'UNSUPPORTED_ARCHITECTURE',
      /architectures/,
    ],
    ['quantised weights', { quantization_config: { quant_method: 'awq' } }, 'UNSUPPORTED_WEIGHTS', /"awq"/],
    ['a negative epsilon', { [eps]: -1e-6 }, 'CHECKPOINT_INVALID', new RegExp(eps)],
    ['an epsilon of text', { [eps]: '1e-6' }, 'CHECKPOINT_INVALID', new RegExp(eps)],
    ['no heads', { num_attention_heads: 0 }, 'CHECKPOINT_INVALID', /num_attention_heads/],
    ['a width of text', { hidden_size: '32' }, 'CHECKPOINT_INVALID', /hidden_size/],
    ['ties that are a number', { tie_word_embeddings: 1 }, 'CHECKPOINT_INVALID', /tie_word_embeddings/],
  ])('is refused with %s', (_name, change, code, message) => {
    const error = refusal({ ...config, ...change });
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('is refused without any one of its tensors', () => {
    const folder = writeModelFolder({ configText: JSON.stringify(config), files: {} });
    const all = zeros(type);
    for (const name of Object.keys(all)) {
      const rest = Object.fromEntries(Object.entries(all).filter(([other]) => other !== name));
      rewriteFile(join(folder, 'model.safetensors'), safetensorsBytes(rest));
      const error = thrownError(() => openCheckpoint(folder));
      expect(error).toMatchObject({ code: 'CHECKPOINT_INVALID', message: expect.stringContaining('is missing') });
      expect(name).toContain(error.message.match(/^Tensor (\S+)/)?.[1]);
    }
    rewriteFile(join(folder, 'model.safetensors'), safetensorsBytes(all));
    expect(openCheckpoint(folder).notes.join()).not.toContain('not used');
  });

  it('is refused with any one of its tensors longer, shorter or transposed', () => {
    const folder = writeModelFolder({ configText: JSON.stringify(config), files: {} });
    const all = zeros(type);
    for (const [name, { shape }] of Object.entries(all)) {
      const others = [
        shape.map((extent) => extent + 1),
        [...shape.slice(0, -1), (shape.at(-1) ?? 0) - 1],
        [...shape, 1],
        [...shape].reverse(),
      ];
      for (const other of others.filter((changed) => changed.join() !== shape.join())) {
        const bytes = new Uint8Array(2 * other.reduce((product, extent) => product * extent, 1));
        rewriteFile(join(folder, 'model.safetensors'), safetensorsBytes({ ...all, [name]: { dtype: 'BF16', shape: other, bytes } }));
        const { code, message } = thrownError(() => openCheckpoint(folder));
        expect(code, `${name} [${other.join(', ')}]`).toBe('CHECKPOINT_INVALID');
        expect(message).toContain(`Tensor ${name} has the shape [${other.join(', ')}]; config.json makes it [${shape.join(', ')}].`);
      }
    }
  });

  it.each([
    ['I32', 4],
    ['U8', 1],
    ['F64', 8],
    ['F8_E4M3', 1],
  ])('is refused with weights of type %s', (dtype, width) => {
    const files = { 'model.safetensors': safetensorsBytes(zeros(type, dtype, width)) };
    const error = thrownError(() => openCheckpoint(writeModelFolder({ configText: JSON.stringify(config), files })));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_WEIGHTS', message: expect.stringContaining(`type ${dtype}`) });
  });
});

// ChatGLM's older keys know no rotary settings but rope_ratio.
describe.each(types.filter((type) => type !== 'chatglm'))('the rotary settings of a "%s"', (type) => {
  const { rope_scaling: _scaling, rope_parameters: _parameters, ...config } = configOf(type);

  it.each([
    ['an unknown type', { rope_scaling: { rope_type: 'spiral', factor: 2 } }, 'UNSUPPORTED_ARCHITECTURE', /"spiral"/],
    ['theta 0', { rope_theta: 0, rope_scaling: null }, 'CHECKPOINT_INVALID', /rope_theta/],
    ['a theta of text', { rope_theta: '1e4' }, 'CHECKPOINT_INVALID', /rope_theta/],
    ['a scaling of text', { rope_scaling: 'linear' }, 'CHECKPOINT_INVALID', /rope_scaling/],
  ])('are refused with %s', (_name, change, code, message) => {
    const error = refusal({ ...config, ...change });
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });
});

describe('refused by name', () => {
  it.each([
    ['a gelu Llama', 'llama', { hidden_act: 'gelu' }, 'UNSUPPORTED_ARCHITECTURE', /hidden_act is "gelu"/],
    ['a relu Gemma', 'gemma', { hidden_act: 'relu' }, 'UNSUPPORTED_ARCHITECTURE', /"relu"/],
    ['an exact gelu in Gemma 2', 'gemma2', { hidden_activation: 'gelu' }, 'UNSUPPORTED_ARCHITECTURE', /"gelu"/],
    ['a Gemma that looks both ways', 'gemma2', { use_bidirectional_attention: true }, 'UNSUPPORTED_ARCHITECTURE', /causal/],
    ['a soft cap of 0', 'gemma2', { attn_logit_softcapping: 0 }, 'CHECKPOINT_INVALID', /attn_logit_softcapping/],
    ['a negative score scale', 'gemma3_text', { query_pre_attn_scalar: -4 }, 'CHECKPOINT_INVALID', /query_pre_attn_scalar/],
    ['a window of 0', 'mistral', { sliding_window: 0 }, 'CHECKPOINT_INVALID', /sliding_window/],
    ['a window of half a token', 'gemma2', { sliding_window: 40.5 }, 'CHECKPOINT_INVALID', /sliding_window/],
    [
      'a layer of an unknown type',
      'qwen3',
      { layer_types: ['full_attention', 'linear_attention'] },
      'UNSUPPORTED_ARCHITECTURE',
      /layer 1.*"linear_attention"/,
    ],
    ['too few types of layers', 'gemma3_text', { layer_types: ['full_attention'] }, 'CHECKPOINT_INVALID', /1 entries for 3 layers/],
    [
      'a sliding layer without a window',
      'qwen2',
      { layer_types: ['sliding_attention', 'full_attention'] },
      'CHECKPOINT_INVALID',
      /no sliding_window/,
    ],
    ['partial rotation of whole heads', 'qwen3', { partial_rotary_factor: 0.5 }, 'UNSUPPORTED_ARCHITECTURE', /partial_rotary_factor/],
    ['an odd rotation', 'glm4', { partial_rotary_factor: 0.45 }, 'CHECKPOINT_INVALID', /7 of 16/],
    [
      'a table for each kind of layer',
      'qwen2',
      { rope_parameters: { full_attention: { rope_theta: 1e6 } } },
      'UNSUPPORTED_ARCHITECTURE',
      /"full_attention" apart/,
    ],
    ['linear rotation of a Phi-3', 'phi3', { rope_scaling: { type: 'linear', factor: 2 } }, 'UNSUPPORTED_ARCHITECTURE', /"linear"/],
    [
      'factors for another head',
      'phi3',
      { rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [1] } },
      'CHECKPOINT_INVALID',
      /short_factor has 1 entries/,
    ],
    ['a Granite that embeds nothing', 'granite', { embedding_multiplier: 0 }, 'CHECKPOINT_INVALID', /embedding_multiplier/],
    ['logits divided by 0', 'granite', { logits_scaling: 0 }, 'CHECKPOINT_INVALID', /logits_scaling/],
    ['more experts a token than there are', 'mixtral', { num_experts_per_tok: 9 }, 'CHECKPOINT_INVALID', /more than the 5/],
    ['no experts', 'qwen3_moe', { num_experts: 0 }, 'CHECKPOINT_INVALID', /num_experts/],
    ['marks of too few layers', 'smollm3', { no_rope_layers: [1] }, 'CHECKPOINT_INVALID', /no_rope_layers/],
    ['ChatGLM with LayerNorm', 'chatglm', { rmsnorm: false }, 'UNSUPPORTED_ARCHITECTURE', /rmsnorm/],
    ['ChatGLM with biases everywhere', 'chatglm', { add_bias_linear: true }, 'UNSUPPORTED_ARCHITECTURE', /add_bias_linear/],
    ['ChatGLM with heads of 20', 'chatglm', { kv_channels: 20 }, 'UNSUPPORTED_ARCHITECTURE', /head dimension is 20/],
  ])('%s', (_name, type, change, code, message) => {
    const error = refusal({ ...configOf(type), ...change });
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
  });

  it('a Gemma 3 with pictures whose text model is unknown', () => {
    expect(refusal({ model_type: 'gemma3' })).toMatchObject({
      code: 'CHECKPOINT_INVALID',
      message: expect.stringContaining('text_config'),
    });
  });

  it.each([
    'mamba',
    'gpt2',
    'gpt_neox',
    'phi',
    'qwen2_moe',
    'deepseek_v3',
    'llama4',
    'gemma3n',
    'olmo',
    'cohere',
    'granitemoe',
    '__proto__',
    'constructor',
  ])('a model of type "%s"', (type) => {
    const error = thrownError(() => parseModelConfig(`{"model_type":"${type}"}`, []));
    expect(error).toMatchObject({ code: 'UNSUPPORTED_ARCHITECTURE', message: expect.stringContaining(`"${type}"`) });
  });
});

describe('Gemma 3', () => {
  const config = configOf('gemma3_text');
  const ropes = (change: Record<string, unknown>, notes: string[] = []) =>
    parseModelConfig(JSON.stringify({ ...config, rope_scaling: null, ...change }), notes).ropes;

  it('reads its two tables from either spelling', () => {
    const linear = { type: 'linear', factor: 8, theta: 1e6 };
    expect(ropes({ rope_scaling: { rope_type: 'linear', factor: 8 } })).toMatchObject([linear, { type: 'default', theta: 1e4 }]);
    const each = { full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 }, sliding_attention: { rope_theta: 2e4 } };
    expect(ropes({ rope_parameters: each })).toMatchObject([linear, { type: 'default', theta: 2e4 }]);
    expect(ropes({ rope_parameters: each, rope_scaling: { factor: 4 } })).toMatchObject([{ ...linear, factor: 4 }, { theta: 2e4 }]);
  });

  it('says what it does not apply', () => {
    const notes: string[] = [];
    expect(ropes({ rope_scaling: { type: 'linear', factor: 8 } }, notes)).toMatchObject([{ type: 'default' }, { type: 'default' }]);
    expect(notes.join()).toContain('"rope_type" only');
    const capped: string[] = [];
    expect(parseModelConfig(JSON.stringify({ ...config, attn_logit_softcapping: 50 }), capped).scoreCap).toBeNull();
    expect(capped.join()).toContain('attn_logit_softcapping is not applied');
  });
});
