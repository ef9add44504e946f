// A config file of either format, told apart by its outermost bracket.
import { HeadscopeError } from '../protocol/errors.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { type HeadscopeConfig, parseHeadscopeConfig } from './headscope_codec.ts';
import { type MinferenceConfig, parseMinferenceConfig } from './minference_codec.ts';

export type LoadedConfig = {
  layers: number;
  heads: number;
  /** [layer][head] */
  patterns: Pattern[][];
  notes: string[];
} & ({ format: 'headscope'; document: HeadscopeConfig } | { format: 'minference'; document: MinferenceConfig });

/** Throws CONFIG_INVALID. */
export function readConfig(text: string): LoadedConfig {
  const first = text.trimStart()[0];
  if (first === '[') {
    const document = parseMinferenceConfig(text);
    const patterns = document.entries.map((layer) => layer.map((entry) => entry.pattern));
    return { format: 'minference', layers: document.layers, heads: document.heads, patterns, notes: document.notes, document };
  }
  if (first !== '{') throw new HeadscopeError('CONFIG_INVALID', 'Not a config: neither a Headscope object nor a MInference array.');
  const document = parseHeadscopeConfig(text);
  const patterns = document.heads.map((layer) => layer.map((head) => head.pattern));
  return { format: 'headscope', layers: document.model.layers, heads: document.model.heads, patterns, notes: [], document };
}
