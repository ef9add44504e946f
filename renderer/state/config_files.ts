// Configs as files: read into the document through the engine's codecs, and written from it.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Params } from '../../engine/protocol/methods.ts';
import type { ConfigTable } from '../../engine/protocol/whole_model.ts';
import { configStore, loadTable, type Origin, shownEntries } from './config_document.ts';
import { engine } from './connection.ts';
import { setReference } from './reference.ts';

/** Reads a config's text through the engine and loads it. Throws CONFIG_INVALID or CONFIG_MISMATCH; the document is then unchanged. */
export async function importDocument(
  text: string,
  fileName: string,
  expected: { layers: number; heads: number } | null,
  origin: Origin = 'imported',
): Promise<ConfigTable> {
  const table = await engine().call('config.read', { document: text });
  if (expected && (table.layers !== expected.layers || table.heads !== expected.heads)) {
    const shape = { file: { layers: table.layers, heads: table.heads }, run: { layers: expected.layers, heads: expected.heads } };
    throw new HeadscopeError(
      'CONFIG_MISMATCH',
      `${fileName} has ${table.layers} layers of ${table.heads} heads; this run has ${expected.layers} of ${expected.heads}. Your config was not changed.`,
      shape,
    );
  }
  loadTable(table, { name: fileName.replace(/\.json$/i, ''), fileName, origin, label: `Import ${fileName}` });
  // What the user edits from here on is compared with the file as it was.
  setReference(fileName, table);
  return table;
}

export type ExportSettings = Pick<Params<'config.write'>, 'denseAs' | 'measured'>;

/** The document's text in the asked format, as it is on screen: with an edit under way, which stays one. */
export async function exportDocument(
  runId: string,
  to: 'headscope' | 'minference',
  { denseAs, measured }: ExportSettings = {},
): Promise<{ text: string; notes: string[] }> {
  const entries = shownEntries(configStore.getState());
  return engine().call('config.write', {
    runId,
    to,
    patterns: entries.map((row) => row.map((entry) => entry.pattern)),
    origins: entries.map((row) => row.map(({ origin, how }) => (how === null ? origin : `${origin}, ${how}`))),
    scores: entries.map((row) => row.map((entry) => entry.score)),
    ...(measured ? { measured } : {}),
    ...(denseAs ? { denseAs } : {}),
  });
}
