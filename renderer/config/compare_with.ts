// The config that the document is compared against: chosen from the library or a file.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { host } from '../host/current.ts';
import { refuse } from '../library/library_dialogs.ts';
import { CONFIG_FILES } from '../library/open_files.ts';
import { openConfig } from '../library/open_run.ts';
import { configStore } from '../state/config_document.ts';
import { engine } from '../state/connection.ts';
import { showArea } from '../state/focus.ts';
import { setReference } from '../state/reference.ts';

const NOT_OPENED = 'Config not opened';

/** Reads the text and compares; the document stays as it is. */
export async function compareWith(text: string, name: string): Promise<void> {
  try {
    const table = await engine().call('config.read', { document: text });
    const { layers, heads } = configStore.getState();
    if (layers > 0 && (table.layers !== layers || table.heads !== heads)) {
      throw new HeadscopeError(
        'CONFIG_MISMATCH',
        `${name} has ${table.layers} layers of ${table.heads} heads; your config has ${layers} of ${heads}. Your config was not changed.`,
        { run: { layers, heads }, file: { layers: table.layers, heads: table.heads } },
      );
    }
    setReference(name, table);
  } catch (thrown) {
    refuse(NOT_OPENED, name, thrown);
  }
}

export async function compareWithFile(): Promise<void> {
  try {
    const file = await host().openFile(CONFIG_FILES);
    if (file) await compareWith(file.text, file.name);
  } catch (thrown) {
    refuse(NOT_OPENED, 'The file', thrown);
  }
}

/** Makes a file the document, and what it is compared with; the table stays on screen. */
export async function importFile(): Promise<void> {
  try {
    const file = await host().openFile(CONFIG_FILES);
    if (!file) return;
    await openConfig(file.text, file.name, file.path);
    showArea('config');
  } catch (thrown) {
    refuse(NOT_OPENED, 'The file', thrown);
  }
}
