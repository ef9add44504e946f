// The rotation frequencies of a RoPE table in float32, step by step as transformers (modeling_rope_utils) computes them, because the
// error at position 100,000 is that of the frequency times 100,000.
import type { NativeRotary } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Rope } from './rope.ts';

const f32 = Math.fround;

/** What the native engine is told: frequencies in radians a position, one for each pair that turns. */
export function rotaryTable(rope: Rope): NativeRotary {
  const common = { scale: 1, interleaved: rope.interleaved };
  switch (rope.type) {
    case 'default':
      return { ...common, frequencies: checked(rope, plain(rope)) };
    case 'linear':
      return {
        ...common,
        frequencies: checked(
          rope,
          plain(rope).map((frequency) => frequency / f32(rope.factor)),
        ),
      };
    case 'dynamic':
      return {
        ...common,
        frequencies: checked(rope, plain(rope)),
        dynamic: { above: rope.maxPositions, factor: rope.factor, theta: rope.theta },
      };
    case 'llama3':
      return {
        ...common,
        frequencies: checked(
          rope,
          plain(rope).map((frequency) => llama3Frequency(frequency, rope)),
        ),
      };
    case 'yarn':
      return { ...common, scale: rope.attentionFactor, frequencies: checked(rope, yarnFrequencies(rope)) };
    case 'longrope': {
      const scaled = (factors: number[]) =>
        checked(
          rope,
          powers(rope).map((power, pair) => 1 / f32(f32(factors[pair] ?? 1) * power)),
        );
      return {
        ...common,
        scale: rope.attentionFactor,
        frequencies: scaled(rope.shortFactors),
        longer: { above: rope.originalMaxPositions, frequencies: scaled(rope.longFactors) },
      };
    }
  }
}

function checked(rope: Rope, frequencies: Float32Array): Float32Array {
  if (!frequencies.every((frequency) => Number.isFinite(frequency) && frequency > 0)) {
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: rope_theta ${rope.theta} gives rotation frequencies outside float32.`);
  }
  return frequencies;
}

/** theta^(2 i / r) */
function powers({ theta, dimensions }: Rope): Float32Array {
  return Float32Array.from({ length: dimensions / 2 }, (_, pair) => f32(theta) ** f32((2 * pair) / dimensions));
}

function plain(rope: Rope): Float32Array {
  return powers(rope).map((power) => 1 / power);
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

/** Pairs that turn often in the original length keep their frequency, those that turn seldom are divided by the factor, between them a
 * ramp over the pairs (Peng et al., arXiv 2309.00071). */
function yarnFrequencies(rope: Extract<Rope, { type: 'yarn' }>): Float32Array {
  const { theta, dimensions, factor, originalMaxPositions: original } = rope;
  const pairOf = (turns: number) => (dimensions * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const edge = (turns: number, round: (x: number) => number) => (rope.truncate ? round(pairOf(turns)) : pairOf(turns));
  const low = Math.max(edge(rope.betaFast, Math.floor), 0);
  const top = Math.min(edge(rope.betaSlow, Math.ceil), dimensions - 1);
  const high = top === low ? top + 0.001 : top;
  return powers(rope).map((power, pair) => {
    const ramp = Math.min(1, Math.max(0, f32(f32(pair - f32(low)) / f32(high - low))));
    const kept = f32(1 - ramp);
    const interpolated = f32(1 / f32(f32(factor) * power));
    return f32(f32(interpolated * f32(1 - kept)) + f32(f32(1 / power) * kept));
  });
}
