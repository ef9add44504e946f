import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HeadscopeError } from '../protocol/errors.ts';
import { parseModelConfig } from './model_config.ts';
import type { Rope } from './rope.ts';
import { rotaryTable } from './rope_frequencies.ts';

const golden = z
  .object({
    cases: z.array(z.object({ name: z.string(), config: z.record(z.string(), z.unknown()), inverseFrequencyBits: z.array(z.number()) })),
  })
  .parse(JSON.parse(readFileSync(new URL('../../test/golden/rope.json', import.meta.url), 'utf8')));

const base = { model_type: 'llama', hidden_size: 256, num_attention_heads: 4, max_position_embeddings: 131072 };
const llama3 = { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4 };
const parse = (extra: Record<string, unknown>, notes: string[] = []) =>
  parseModelConfig(JSON.stringify({ ...base, ...extra }), notes).ropes[0] as Rope;

describe('inverse frequencies', () => {
  it.each(golden.cases)('are those of transformers: $name', ({ config, inverseFrequencyBits }) => {
    const { ropes } = parseModelConfig(JSON.stringify(config), []);
    const bits = new Int32Array(rotaryTable(ropes[0] as Rope).frequencies.buffer);
    expect(bits.length).toBe(inverseFrequencyBits.length);
    // PyTorch's vectorised powf rounds the last bit its own way; the positions of positive floats order like their bits.
    const ulps = inverseFrequencyBits.map((expected, pair) => Math.abs(expected - (bits[pair] ?? 0)));
    expect(Math.max(...ulps)).toBeLessThanOrEqual(2);
    expect(ulps.filter((ulp) => ulp > 0).length).toBeLessThanOrEqual(Math.ceil(ulps.length / 4));
  });
});

describe('rotary settings', () => {
  it('take the original length at top level over the one inside the scaling object, and say so', () => {
    const notes: string[] = [];
    const rope = parse(
      { rope_scaling: { ...llama3, original_max_position_embeddings: 8192 }, original_max_position_embeddings: 4096 },
      notes,
    );
    expect(rope).toMatchObject({ type: 'llama3', originalMaxPositions: 4096 });
    expect(notes.join()).toContain('8192 among the rotary parameters is ignored');
  });

  it.each([
    ['an unknown type', { rope_scaling: { type: 'spiral', factor: 2 } }, 'UNSUPPORTED_ARCHITECTURE', '"spiral"'],
    ['linear without factor', { rope_scaling: { type: 'linear' } }, 'CHECKPOINT_INVALID', 'factor'],
    ['dynamic below 1', { rope_scaling: { type: 'dynamic', factor: 0.5 } }, 'CHECKPOINT_INVALID', 'factor'],
    ['yarn without factor', { rope_parameters: { rope_type: 'yarn', rope_theta: 1e6 } }, 'CHECKPOINT_INVALID', 'factor'],
    [
      'longrope of another length',
      { rope_scaling: { type: 'longrope', short_factor: [1], long_factor: [2] } },
      'CHECKPOINT_INVALID',
      'short_factor',
    ],
    ['partial rotation', { partial_rotary_factor: 0.5 }, 'UNSUPPORTED_ARCHITECTURE', 'partial_rotary_factor'],
    ['theta 0', { rope_theta: 0 }, 'CHECKPOINT_INVALID', 'rope_theta'],
    ['theta negative', { rope_parameters: { rope_theta: -1 } }, 'CHECKPOINT_INVALID', 'rope_theta'],
    ['theta a string', { rope_theta: '10000' }, 'CHECKPOINT_INVALID', 'rope_theta'],
    [
      'llama3 without factor',
      { rope_scaling: { rope_type: 'llama3', low_freq_factor: 1, high_freq_factor: 4 } },
      'CHECKPOINT_INVALID',
      'factor',
    ],
    ['bands swapped', { rope_scaling: { ...llama3, low_freq_factor: 4, high_freq_factor: 1 } }, 'CHECKPOINT_INVALID', 'high_freq_factor'],
    ['scaling a list', { rope_scaling: [] }, 'CHECKPOINT_INVALID', 'rope_scaling'],
  ])('refuse %s', (_name, extra, code, text) => {
    expect.assertions(2);
    try {
      parse(extra);
    } catch (error) {
      expect(error instanceof HeadscopeError && error.code).toBe(code);
      expect(String(error)).toContain(text);
    }
  });

  it('turn whole heads where a family with partial rotation says null', () => {
    const glm = { model_type: 'glm', head_dim: 16, num_key_value_heads: 2 };
    expect(parse(glm)).toMatchObject({ dimensions: 8 });
    expect(parse({ ...glm, partial_rotary_factor: null })).toMatchObject({ dimensions: 16 });
  });

  it('refuse a theta that leaves float32', () => {
    expect(() => rotaryTable(parse({ rope_theta: 1e300 }))).toThrow('float32');
  });
});
