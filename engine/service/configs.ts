// Configs between files, models and the native engine.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import type { NativePattern } from '../native/addon.ts';
import { withDefaults } from '../patterns/budgets.ts';
import { requireConfigMatch } from '../patterns/config_match.ts';
import { formatHeadscopeConfig, type HeadChoice, type HeadscopeConfig } from '../patterns/headscope_codec.ts';
import { type ExportableHead, formatMinferenceConfig, type MinferenceExportOptions } from '../patterns/minference_codec.ts';
import { parsePattern } from '../patterns/parse_pattern.ts';
import { type LoadedConfig, readConfig } from '../patterns/read_config.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params } from '../protocol/methods.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { Handlers } from '../protocol/server.ts';
import type { ConfigTable } from '../protocol/whole_model.ts';
import type { EngineState } from './engine_state.ts';

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

/** [layers][heads] scores and origins, null where the file has none. */
function saidOf(config: LoadedConfig): Pick<ConfigTable, 'scores' | 'origins'> {
  if (config.format === 'headscope') {
    const { heads } = config.document;
    return {
      scores: heads.map((layer) => layer.map(({ score }) => score ?? null)),
      origins: heads.map((layer) => layer.map(({ origin }) => origin ?? null)),
    };
  }
  const { entries, scoreKind } = config.document;
  return {
    scores: entries.map((layer) => layer.map(({ score }) => (scoreKind === 'none' ? null : score))),
    origins: entries.map((layer) => layer.map(({ origin }) => `minference: ${origin}`)),
  };
}

/** The tables of config.write as a document's heads. Throws CONFIG_MISMATCH where one is not of the run's model. */
function chosen({ patterns, origins, scores, measured }: Params<'config.write'>, { layers, heads, model }: RunInfo): HeadChoice[][] {
  const numbers = measured?.heads;
  for (const [what, table] of Object.entries({
    patterns,
    origins,
    ...(scores ? { scores } : {}),
    ...(numbers ? { measured: numbers } : {}),
  }))
    requireTable(what, table, { layers, heads, name: model.name });
  return patterns.map((row, layer) =>
    row.map((pattern, head) => {
      const [score, origin] = [scores?.[layer]?.[head] ?? null, origins[layer]?.[head] ?? null];
      return {
        pattern: parsePattern(pattern),
        ...(score === null ? {} : { score }),
        ...numbers?.[layer]?.[head],
        ...(origin === null ? {} : { origin }),
      };
    }),
  );
}

/** The run's prompt and rows [first, end) as a config names them. Throws INVALID_REQUEST where the run has no such rows. */
export function measuredOn(
  { promptHash, rows }: Pick<RunInfo, 'promptHash' | 'rows'>,
  [first, end]: readonly [number, number],
): NonNullable<HeadscopeConfig['provenance']['measured']> {
  if (first >= end || end > rows)
    throw new HeadscopeError('INVALID_REQUEST', `There are no rows [${first}, ${end}) to have measured; the run has ${rows}.`, {
      first,
      end,
      rows,
    });
  return { prompt: promptHash === null ? null : { sha256: promptHash, tokens: rows }, rows: [first, end] };
}

/** Throws CONFIG_MISMATCH unless the table is [layers][heads]. */
export function requireTable(
  what: string,
  table: readonly (readonly unknown[])[],
  model: { name: string; layers: number; heads: number },
): void {
  const uneven = table.findIndex((row) => row.length !== model.heads);
  if (table.length === model.layers && uneven < 0) return;
  const found = uneven < 0 ? `${table.length} layers` : `${table[uneven]?.length} heads in layer ${uneven}`;
  const text = `The ${what} have ${found}; ${model.name} has ${model.layers} layers of ${model.heads} heads.`;
  throw new HeadscopeError('CONFIG_MISMATCH', text, { layers: model.layers, heads: model.heads });
}

export function minferenceOptions(denseAs: MinferenceExportOptions['denseAs'] | undefined): MinferenceExportOptions {
  return denseAs ? { denseAs } : {};
}

export function configHandlers(engine: EngineState): Pick<Handlers, 'config.convert' | 'config.check' | 'config.read' | 'config.write'> {
  function checked(text: string, model: string | undefined): { config: LoadedConfig; checkpoint: Checkpoint | undefined; notes: string[] } {
    const config = readConfig(text);
    const checkpoint = model === undefined ? undefined : openCheckpoint(engine.readableModel(model));
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

    'config.read': async ({ document, model }) => {
      const { config, notes } = checked(document, model);
      const { format, layers, heads, patterns } = config;
      return { format, layers, heads, patterns, ...saidOf(config), notes };
    },

    'config.write': async (params, { owner }) => {
      const { info } = engine.run(owner, params.runId);
      const heads = chosen(params, info);
      if (params.to === 'minference') return formatMinferenceConfig(heads, minferenceOptions(params.denseAs));
      const config: HeadscopeConfig = {
        format: 'headscope-config',
        version: 1,
        model: { identity: info.model.hash, name: info.model.name, layers: info.layers, heads: info.heads },
        provenance: {
          procedure: 'edited in Headscope',
          prompts: info.promptHash === null ? [] : [{ sha256: info.promptHash, tokens: info.rows }],
          scoredRows: null,
          ...(params.measured ? { measured: measuredOn(info, params.measured.rows) } : {}),
          engineBuild: engine.build,
          created: new Date().toISOString(),
        },
        heads,
      };
      return { text: formatHeadscopeConfig(config), notes: [] };
    },

    'config.check': async ({ document, model }) => {
      const { config, notes } = checked(document, model);
      const kinds: Record<string, number> = {};
      for (const { kind } of config.patterns.flat()) kinds[kind] = (kinds[kind] ?? 0) + 1;
      return { format: config.format, layers: config.layers, heads: config.heads, kinds, notes };
    },
  };
}
