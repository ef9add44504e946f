// Rotary embeddings of a Llama config: which spelling counts, and the frequencies in float32 step by step as transformers
// (modeling_rope_utils, LlamaRotaryEmbedding) computes them, because the error at position 100,000 is that of the frequency times 100,000.
import { HeadscopeError } from '../protocol/errors.ts';
import { ConfigFields } from './config_fields.ts';

export type Rope =
  | { type: 'default'; theta: number }
  | { type: 'llama3'; theta: number; factor: number; lowFreqFactor: number; highFreqFactor: number; originalMaxPositions: number };

const DEFAULT_THETA = 10_000;

/** A non-empty rope_scaling replaces rope_parameters whole; then its rope_theta, the top-level one, and 10,000 count in this order. */
export function readRope(config: ConfigFields, maxPositions: number, notes: string[]): Rope {
  const scaling = config.object('rope_scaling');
  const parameters = config.object('rope_parameters');
  const used = scaling !== null && !scaling.isEmpty ? scaling : (parameters ?? scaling ?? ConfigFields.empty('rope_parameters'));
  if (used === scaling && parameters !== null && !parameters.isEmpty)
    notes.push('config.json has both rope_scaling and rope_parameters; rope_scaling counts.');

  const topTheta = config.number('rope_theta');
  const theta = used.number('rope_theta') ?? topTheta ?? DEFAULT_THETA;
  if (!(theta > 0)) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: rope_theta is ${theta}; it must be above 0.`);
  for (const partial of [used.number('partial_rotary_factor'), config.number('partial_rotary_factor')]) {
    if (partial !== null && partial !== 1) {
      throw new HeadscopeError(
        'UNSUPPORTED_ARCHITECTURE',
        `config.json: partial_rotary_factor is ${partial}; this engine rotates whole heads only.`,
      );
    }
  }

  const type = used.text('rope_type') ?? used.text('type') ?? 'default';
  if (type === 'default') return { type, theta };
  if (type !== 'llama3') {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json asks for rotary embeddings of type "${type}"; this engine knows "default" and "llama3".`,
      {
        ropeType: type,
      },
    );
  }
  return { type, theta, ...readLlama3(used, config, maxPositions, notes) };
}

function readLlama3(used: ConfigFields, config: ConfigFields, maxPositions: number, notes: string[]) {
  const required = (name: string): number => {
    const value = used.number(name);
    if (value === null) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: llama3 rotary embeddings need ${name}.`);
    if (!(value > 0)) throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${name} is ${value}; it must be above 0.`);
    return value;
  };
  const factor = required('factor');
  const lowFreqFactor = required('low_freq_factor');
  const highFreqFactor = required('high_freq_factor');
  if (highFreqFactor <= lowFreqFactor) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: high_freq_factor (${highFreqFactor}) must be above low_freq_factor (${lowFreqFactor}).`,
    );
  }
  const inside = used.count('original_max_position_embeddings');
  const top = config.count('original_max_position_embeddings');
  if (inside !== null && top !== null && inside !== top) {
    notes.push(
      `config.json gives original_max_position_embeddings twice; ${inside}, inside the rotary parameters, counts and ${top} is ignored.`,
    );
  }
  const originalMaxPositions = inside ?? top ?? maxPositions;
  if (inside === null && top === null)
    notes.push(`config.json gives no original_max_position_embeddings; max_position_embeddings (${maxPositions}) is taken.`);
  return { factor, lowFreqFactor, highFreqFactor, originalMaxPositions };
}

const f32 = Math.fround;

/** headDim / 2 frequencies, radians a position. Each operation rounds to float32 in the order PyTorch evaluates it. */
export function inverseFrequencies(rope: Rope, headDim: number): Float32Array {
  const frequencies = new Float32Array(headDim / 2);
  for (let pair = 0; pair < headDim / 2; pair++) {
    const power = f32(f32(rope.theta) ** f32((2 * pair) / headDim));
    const plain = f32(1 / power);
    frequencies[pair] = rope.type === 'llama3' ? llama3Frequency(plain, rope) : plain;
  }
  if (!frequencies.every((frequency) => Number.isFinite(frequency) && frequency > 0)) {
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: rope_theta ${rope.theta} gives rotation frequencies outside float32.`);
  }
  return frequencies;
}

/** Long wavelengths are divided by the factor, short ones kept, those between blended (Llama 3.1). */
function llama3Frequency(frequency: number, rope: Extract<Rope, { type: 'llama3' }>): number {
  const { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions: original } = rope;
  const wavelength = f32(f32(1 / frequency) * f32(2 * Math.PI)); // PyTorch divides a scalar by a tensor as reciprocal times scalar
  if (wavelength > f32(original / low)) return f32(frequency / f32(factor));
  if (wavelength < f32(original / high)) return frequency;
  const smooth = f32(f32(f32(f32(1 / wavelength) * f32(original)) - f32(low)) / f32(high - low));
  const scaled = f32(f32(f32(1 - smooth) * frequency) / f32(factor));
  return f32(scaled + f32(smooth * frequency));
}
