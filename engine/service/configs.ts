// Configs between files, models and the native engine.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NativePattern } from '../native/addon.ts';
import { withDefaults } from '../patterns/budgets.ts';
import { requireConfigMatch } from '../patterns/config_match.ts';
import { formatHeadscopeConfig, type HeadscopeConfig } from '../patterns/headscope_codec.ts';
import { type ExportableHead, formatMinferenceConfig, type MinferenceExportOptions } from '../patterns/minference_codec.ts';
import { type LoadedConfig, readConfig } from '../patterns/read_config.ts';
import type { Handlers } from '../protocol/server.ts';
import type { EngineState } from './engine_state.ts';
import { readablePath } from './host_policy.ts';

function counts({ name, config, identity }: Checkpoint) {
  return { name, layers: config.layers, heads: config.heads, identity };
}

/** [layers][heads] for a prefill. Throws CONFIG_INVALID, CONFIG_MISMATCH; adds to `notes`. */
export function nativePatterns(text: string, checkpoint: Checkpoint, notes: string[]): NativePattern[][] {
  const config = readConfig(text);
  notes.push(...config.notes, ...requireConfigMatch(config, counts(checkpoint)));
  return config.patterns.map((layer) => layer.map(withDefaults));
}

function exportable(config: LoadedConfig): ExportableHead[][] {
  if (config.format === 'minference') return config.document.entries;
  return config.document.heads;
}

/** A config that came without provenance, as one that says so. */
function imported(config: LoadedConfig, model: Checkpoint | undefined, build: string): HeadscopeConfig {
  if (config.format === 'headscope') return config.document;
  const { entries, scoreKind } = config.document;
  return {
    format: 'headscope-config',
    version: 1,
    model: { identity: model?.identity ?? null, name: model?.name ?? 'unknown', layers: config.layers, heads: config.heads },
    provenance: {
      procedure: `imported from a MInference file (scores: ${scoreKind})`,
      prompts: [],
      scoredRows: null,
      engineBuild: build,
      created: new Date().toISOString(),
    },
    heads: entries.map((layer) =>
      layer.map(({ pattern, score, origin }) => ({ pattern, origin: `minference: ${origin}`, ...(scoreKind === 'none' ? {} : { score }) })),
    ),
  };
}

export function minferenceOptions(denseAs: MinferenceExportOptions['denseAs'] | undefined): MinferenceExportOptions {
  return denseAs ? { denseAs } : {};
}

export function configHandlers(engine: EngineState): Pick<Handlers, 'config.convert' | 'config.check'> {
  function checked(text: string, model: string | undefined): { config: LoadedConfig; checkpoint: Checkpoint | undefined; notes: string[] } {
    const config = readConfig(text);
    const checkpoint = model === undefined ? undefined : openCheckpoint(readablePath(engine.policy, model));
    const notes = [...config.notes, ...(checkpoint ? requireConfigMatch(config, counts(checkpoint)) : [])];
    return { config, checkpoint, notes };
  }
  return {
    'config.convert': async ({ document, to, model, denseAs }) => {
      const { config, checkpoint, notes } = checked(document, model);
      if (to === 'headscope') return { text: formatHeadscopeConfig(imported(config, checkpoint, engine.build)), notes };
      const written = formatMinferenceConfig(exportable(config), minferenceOptions(denseAs));
      return { text: written.text, notes: [...notes, ...written.notes] };
    },

    'config.check': async ({ document, model }) => {
      const { config, notes } = checked(document, model);
      const kinds: Record<string, number> = {};
      for (const { kind } of config.patterns.flat()) kinds[kind] = (kinds[kind] ?? 0) + 1;
      return { format: config.format, layers: config.layers, heads: config.heads, kinds, notes };
    },
  };
}
