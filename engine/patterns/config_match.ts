// Whether a config is of the model it is about to steer.
import { HeadscopeError } from '../protocol/errors.ts';
import type { LoadedConfig } from './read_config.ts';

export interface ModelCounts {
  name: string;
  layers: number;
  heads: number;
  /** Checkpoint.identity; null for captures. */
  identity: string | null;
}

/** Throws CONFIG_MISMATCH with a table of the counts that differ. Returns notes: a config made on another model of the same size. */
export function requireConfigMatch(config: LoadedConfig, model: ModelCounts): string[] {
  const rows = [
    { what: 'layers', config: config.layers, model: model.layers },
    { what: 'heads', config: config.heads, model: model.heads },
  ].filter((row) => row.config !== row.model);
  if (rows.length > 0) {
    const table = rows.map((row) => `${row.what}: config ${row.config}, model ${row.model}`).join('; ');
    throw new HeadscopeError(
      'CONFIG_MISMATCH',
      `The config is of another model than ${model.name} (${table}). Search this model, or open the one the config was made for.`,
      {
        differences: rows,
      },
    );
  }
  if (config.format === 'minference') return ['A MInference config does not say which model it is of; the counts agree.'];
  const { identity, name } = config.document.model;
  if (identity === null || model.identity === null || identity === model.identity) return [];
  return [
    `The config was made on ${name === model.name ? `another ${name}` : name}, which has the same counts; its numbers may not hold here.`,
  ];
}
