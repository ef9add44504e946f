// Rotary embeddings of a config: which spelling counts and what it says. rope_frequencies.ts turns it into numbers.
import { HeadscopeError } from '../protocol/errors.ts';
import { ConfigFields } from './config_fields.ts';

/** Dimensions of a head that turn (its first ones), and which of them form pairs. */
interface RopeShape {
  theta: number;
  dimensions: number;
  /** Pairs (2 i, 2 i + 1) instead of (i, i + dimensions / 2). */
  interleaved: boolean;
}

export type Rope = RopeShape &
  (
    | { type: 'default' }
    | { type: 'linear'; factor: number }
    | { type: 'dynamic'; factor: number; maxPositions: number }
    | { type: 'llama3'; factor: number; lowFreqFactor: number; highFreqFactor: number; originalMaxPositions: number }
    | {
        type: 'yarn';
        factor: number;
        betaFast: number;
        betaSlow: number;
        truncate: boolean;
        originalMaxPositions: number;
        attentionFactor: number;
      }
    | { type: 'longrope'; shortFactors: number[]; longFactors: number[]; originalMaxPositions: number; attentionFactor: number }
  );

export interface RopeFamily {
  headDim: number;
  maxPositions: number;
  /** Where no rope_theta is given. */
  theta?: number;
  /** The family turns only part of a head; this much where config.json does not say. Absent: it turns whole heads. */
  partial?: number;
  interleaved?: boolean;
}

/** The rotary object that counts: a non-empty rope_scaling replaces rope_parameters whole. It describes one table: a model with one a kind
 * of layer reads them by itself. */
export function rotaryFields(config: ConfigFields, notes: string[]): ConfigFields {
  const scaling = config.object('rope_scaling');
  const parameters = config.object('rope_parameters');
  const used = scaling !== null && !scaling.isEmpty ? scaling : (parameters ?? scaling ?? ConfigFields.empty('rope_parameters'));
  const [kind] = used.objectNames();
  if (kind !== undefined) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json gives rotary parameters for "${kind}" apart; models of this type have one table for all layers, in transformers as here.`,
      { kind },
    );
  }
  if (used === scaling && parameters !== null && !parameters.isEmpty)
    notes.push('config.json has both rope_scaling and rope_parameters; rope_scaling counts.');
  return used;
}

/** One table for the whole model. rope_theta inside the object, the top-level one and the family's count in this order. */
export function readRope(config: ConfigFields, family: RopeFamily, notes: string[]): Rope {
  const used = rotaryFields(config, notes);
  return readRopeFrom(used, config, { ...family, theta: config.number('rope_theta') ?? family.theta ?? 10_000 }, notes);
}

/** The table that `used` describes; `config` has the top-level keys. `typeOf` maps a spelling of the family's own. */
export function readRopeFrom(
  used: ConfigFields,
  config: ConfigFields,
  family: RopeFamily & { theta: number },
  notes: string[],
  typeOf: (type: string) => string = (type) => type,
): Rope {
  const theta = used.number('rope_theta') ?? family.theta;
  if (!(theta > 0)) throw invalid(`rope_theta is ${theta}; it must be above 0`);
  const shape = { theta, dimensions: rotatedDimensions(used, config, family), interleaved: family.interleaved ?? false };
  const type = typeOf(used.text('rope_type') ?? used.text('type') ?? 'default');
  switch (type) {
    case 'default':
      return { type, ...shape };
    case 'linear':
      return { type, ...shape, factor: required(used, 'linear', 'factor') };
    case 'dynamic':
      return { type, ...shape, factor: atLeastOne(required(used, 'dynamic', 'factor'), 'factor'), maxPositions: family.maxPositions };
    case 'llama3':
      return { type, ...shape, ...readLlama3(used, config, family.maxPositions, notes) };
    case 'yarn':
      return { type, ...shape, ...readYarn(used, config, family.maxPositions, notes) };
    case 'longrope':
      return {
        type,
        ...shape,
        ...readLongRope(used, family.maxPositions, originalLength(used, config, family.maxPositions, notes), shape.dimensions),
      };
    default:
      throw new HeadscopeError(
        'UNSUPPORTED_ARCHITECTURE',
        `config.json asks for rotary embeddings of type "${type}"; this engine knows default, linear, dynamic, llama3, yarn and longrope.`,
        { ropeType: type },
      );
  }
}

function invalid(what: string): HeadscopeError {
  return new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${what}.`);
}

function rotatedDimensions(used: ConfigFields, config: ConfigFields, family: RopeFamily): number {
  const absent = config.given('partial_rotary_factor') ? 1 : (family.partial ?? 1); // a null turns the whole head, in transformers as here
  const partial = used.number('partial_rotary_factor') ?? config.number('partial_rotary_factor') ?? absent;
  if (family.partial === undefined && partial !== 1) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json: partial_rotary_factor is ${partial}; models of this type rotate whole heads, in transformers as here.`,
    );
  }
  const dimensions = Math.trunc(family.headDim * partial);
  if (dimensions < 2 || dimensions > family.headDim || dimensions % 2 !== 0)
    throw invalid(`partial_rotary_factor ${partial} turns ${dimensions} of ${family.headDim} dimensions; an even number from 2 is needed`);
  return dimensions;
}

function required(used: ConfigFields, type: string, name: string): number {
  const value = used.number(name);
  if (value === null) throw invalid(`${type} rotary embeddings need ${name}`);
  return positive(value, name);
}

function positive(value: number, name: string): number {
  if (!(value > 0)) throw invalid(`${name} is ${value}; it must be above 0`);
  return value;
}

function atLeastOne(value: number, name: string): number {
  if (!(value >= 1)) throw invalid(`${name} is ${value}; it must be 1 or more`);
  return value;
}

/** original_max_position_embeddings at top level, inside the object, or max_position_embeddings: transformers copies the top-level one into the
 * object whenever it computes a table. */
function originalLength(used: ConfigFields, config: ConfigFields, maxPositions: number, notes: string[]): number {
  const inside = used.count('original_max_position_embeddings');
  const top = config.count('original_max_position_embeddings');
  if (inside !== null && top !== null && inside !== top) {
    notes.push(
      `config.json gives original_max_position_embeddings twice; ${top}, at top level, counts, as in transformers, and ${inside} among the rotary parameters is ignored.`,
    );
  }
  if (inside === null && top === null)
    notes.push(`config.json gives no original_max_position_embeddings; max_position_embeddings (${maxPositions}) is taken.`);
  return top ?? inside ?? maxPositions;
}

function readLlama3(used: ConfigFields, config: ConfigFields, maxPositions: number, notes: string[]) {
  const factor = required(used, 'llama3', 'factor');
  const lowFreqFactor = required(used, 'llama3', 'low_freq_factor');
  const highFreqFactor = required(used, 'llama3', 'high_freq_factor');
  if (highFreqFactor <= lowFreqFactor)
    throw invalid(`high_freq_factor (${highFreqFactor}) must be above low_freq_factor (${lowFreqFactor})`);
  return { factor, lowFreqFactor, highFreqFactor, originalMaxPositions: originalLength(used, config, maxPositions, notes) };
}

/** `factor: null` means max / original; mscale counts only beside mscale_all_dim. */
function readYarn(used: ConfigFields, config: ConfigFields, maxPositions: number, notes: string[]) {
  const originalMaxPositions = originalLength(used, config, maxPositions, notes);
  if (!used.given('factor')) throw invalid('yarn rotary embeddings need factor');
  const factor = positive(used.number('factor') ?? maxPositions / originalMaxPositions, 'factor');
  const magnitude = (mscale: number) => (factor <= 1 ? 1 : 0.1 * mscale * Math.log(factor) + 1);
  const mscale = used.number('mscale') ?? 0;
  const mscaleAllDim = used.number('mscale_all_dim') ?? 0;
  const usual = mscale !== 0 && mscaleAllDim !== 0 ? magnitude(mscale) / magnitude(mscaleAllDim) : magnitude(1);
  return {
    factor,
    betaFast: positive(used.number('beta_fast') || 32, 'beta_fast'),
    betaSlow: positive(used.number('beta_slow') || 1, 'beta_slow'),
    truncate: used.flag('truncate') ?? true,
    originalMaxPositions,
    attentionFactor: positive(used.number('attention_factor') ?? usual, 'attention_factor'),
  };
}

function readLongRope(used: ConfigFields, maxPositions: number, originalMaxPositions: number, dimensions: number) {
  const factors = (name: string): number[] => {
    const found = used.numbers(name);
    if (found === null) throw invalid(`longrope rotary embeddings need ${name}`);
    if (found.length !== dimensions / 2)
      throw invalid(`${name} has ${found.length} entries; the ${dimensions} dimensions that rotate need ${dimensions / 2}`);
    for (const factor of found) positive(factor, name);
    return found;
  };
  const factor = positive(used.number('factor') ?? maxPositions / originalMaxPositions, 'factor');
  const usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalMaxPositions));
  const attentionFactor = positive(used.number('attention_factor') ?? usual, 'attention_factor');
  return { shortFactors: factors('short_factor'), longFactors: factors('long_factor'), originalMaxPositions, attentionFactor };
}
