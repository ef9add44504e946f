// config.json of any family: what kind of model it is, and its description as features.
import { HeadscopeError } from '../protocol/errors.ts';
import { ConfigFields } from './config_fields.ts';
import type { DecoderConfig } from './decoder_config.ts';
import { FAMILIES, type Family } from './families/by_model_type.ts';
import { isJsonObject, parseStrictJson } from './strict_json.ts';

/** Validates the text of config.json. Throws CHECKPOINT_INVALID, UNSUPPORTED_ARCHITECTURE, UNSUPPORTED_WEIGHTS; adds to `notes`. */
export function parseModelConfig(text: string, notes: string[]): DecoderConfig {
  const parsed = parseStrictJson(text, { what: 'config.json', code: 'CHECKPOINT_INVALID' });
  if (!isJsonObject(parsed)) throw new HeadscopeError('CHECKPOINT_INVALID', 'config.json is not a JSON object.');
  const config = new ConfigFields(parsed);
  const type = config.text('model_type');
  const known = Object.keys(FAMILIES).join(', ');
  if (type === null) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `config.json has no model_type, so nobody can tell what the weights mean. This engine runs ${known}.`,
    );
  }
  const family = Object.hasOwn(FAMILIES, type) ? FAMILIES[type] : undefined;
  if (family === undefined) {
    throw new HeadscopeError(
      'UNSUPPORTED_ARCHITECTURE',
      `This is a model of type "${type}"; this engine runs ${known}. Dump q, k and v from PyTorch and open them as a capture instead.`,
      { modelType: type },
    );
  }
  refuseQuantised(config);
  checkClasses(config, type, family);
  return family.read(config, notes);
}

/** transformers goes by model_type alone; a class of another family beside it means that one of the two is wrong. */
function checkClasses(config: ConfigFields, type: string, { classes }: Family): void {
  const named = config.texts('architectures') ?? [];
  const ends = /^(?:For|Model|LM|PreTrained|$)/;
  const ours = (name: string) =>
    classes.some((stem) => name.toLowerCase().startsWith(stem.toLowerCase()) && ends.test(name.slice(stem.length)));
  if (named.length === 0 || named.some(ours)) return;
  throw new HeadscopeError(
    'UNSUPPORTED_ARCHITECTURE',
    `config.json: architectures names ${named.join(', ')}, but model_type is "${type}", whose classes are called ${classes[0]}... One of the two is wrong; if the weights are those of a "${type}", correct architectures.`,
    { modelType: type, architectures: named },
  );
}

/** Packed weights are never read as plain ones. */
function refuseQuantised(config: ConfigFields): void {
  const quantization = config.object('quantization_config');
  if (quantization === null) return;
  const method = quantization.text('quant_method') ?? 'unnamed';
  throw new HeadscopeError(
    'UNSUPPORTED_WEIGHTS',
    `The weights are quantised (quantization_config, method "${method}"); use the model's float32, float16 or bfloat16 weights.`,
    { method },
  );
}
