// Which layers attend to a window: layer_types where config.json has it, else the family's older keys.
import { HeadscopeError } from '../protocol/errors.ts';
import type { ConfigFields } from './config_fields.ts';

/** A window of at least one token, or null. Absent takes the default; null means none. */
export function readWindow(config: ConfigFields, absent: number | null): number | null {
  return config.given('sliding_window') ? config.count('sliding_window') : absent;
}

/** Per layer whether it attends to the window. `slides` decides where layer_types is absent. */
export function slidingLayers(config: ConfigFields, layers: number, window: number | null, slides: (layer: number) => boolean): boolean[] {
  const types = config.texts('layer_types');
  if (types === null) return Array.from({ length: layers }, (_, layer) => window !== null && slides(layer));
  if (types.length !== layers) {
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: layer_types has ${types.length} entries for ${layers} layers.`);
  }
  return types.map((type, layer) => {
    if (type === 'full_attention') return false;
    if (type !== 'sliding_attention') {
      throw new HeadscopeError(
        'UNSUPPORTED_ARCHITECTURE',
        `config.json: layer ${layer} is of type "${type}"; this engine runs "full_attention" and "sliding_attention".`,
        { layer, type },
      );
    }
    if (window === null) {
      throw new HeadscopeError(
        'CHECKPOINT_INVALID',
        `config.json: layer ${layer} is to attend to a window, but no sliding_window is in force.`,
      );
    }
    return true;
  });
}
