// Files and folders the user chose or dropped: told apart by what they hold, opened as what they are.
import { codedError } from '../../engine/protocol/envelope.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { MAX_CONFIG_CHARS } from '../../engine/protocol/limits.ts';
import type { FileKind, OpenedText } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { isBookmarkFile } from '../state/bookmark_file.ts';
import { engine } from '../state/connection.ts';
import { importBookmarks } from './bookmark_actions.ts';
import { openNewRun, refuse } from './library_dialogs.ts';
import { openCapture, openConfig, openSavedRun } from './open_run.ts';

export const CONFIG_FILES: FileKind = { label: 'Pattern config', extensions: ['json'] };
export const PROMPT_FILES: FileKind = { label: 'Prompt', extensions: ['txt', 'md'] };
export const TEXT_FILES: FileKind = { label: 'Pattern config or prompt', extensions: ['json', 'txt', 'md'] };

/** JSON holds bookmarks, where it says so, or a config; anything else is a prompt. */
export async function openText({ name, text }: OpenedText): Promise<void> {
  if (/\.json$/i.test(name) && isBookmarkFile(text)) importBookmarks({ name, text });
  else if (/\.json$/i.test(name)) await openConfig(text, name);
  else if (text.trim() === '') refuse('Prompt not opened', name, new HeadscopeError('PROMPT_EMPTY', 'The file holds no text.'));
  else openNewRun({ prompt: { name: name.replace(/\.(txt|md)$/i, ''), text } });
}

/** A dialog for one text file. */
export async function chooseText(kind: FileKind = TEXT_FILES): Promise<void> {
  try {
    const opened = await host().openFile(kind);
    if (opened) await openText(opened);
  } catch (thrown) {
    // What the host could not read it names itself.
    refuse('File not opened', '', thrown);
  }
}

/** A folder of which only the path is known: a model, a saved run or a capture, tried in that order. */
export async function openFolder(path: string, name: string): Promise<void> {
  const tried: { as: string; message: string }[] = [];
  const client = engine();
  try {
    await client.call('checkpoint.inspect', { model: path });
    openNewRun({ model: path, modelName: name });
    return;
  } catch (thrown) {
    const { code, message } = codedError(thrown);
    if (code === 'BACKEND_LOST') return;
    // What is wrong with a model folder is worth more than that it is no saved run.
    if (code !== 'FILE_NOT_FOUND' && code !== 'CHECKPOINT_INVALID') {
      refuse('Folder not opened', name, thrown);
      return;
    }
    tried.push({ as: 'As a model', message });
  }
  for (const [method, as, open] of [
    ['run.open', 'As a saved run', openSavedRun],
    ['run.capture', 'As a capture', openCapture],
  ] as const) {
    try {
      const info = await client.call(method, { path });
      // Looked at and given back: the job that opens it for good shows its progress and its name.
      await client.call('run.close', { runId: info.runId });
      await open(path, name);
      return;
    } catch (thrown) {
      tried.push({ as, message: codedError(thrown).message });
    }
  }
  refuse(
    'Folder not opened',
    name,
    new HeadscopeError('CHECKPOINT_INVALID', 'The folder is no model, no saved run and no capture.', { tried }),
  );
}

/** A dialog for a folder of a known kind; only where the engine reads the same files. */
export async function chooseFolder(kind: 'model' | 'run' | 'capture'): Promise<void> {
  const titles = { model: 'Open a model folder', run: 'Open a saved run', capture: 'Open a capture' };
  const folder = await host().openFolder(titles[kind]);
  if (!folder) return;
  if (kind === 'model') openNewRun({ model: folder.path, modelName: folder.name });
  else if (kind === 'run') await openSavedRun(folder.path, folder.name);
  else await openCapture(folder.path, folder.name);
}

const isFolder = (item: DataTransferItem | undefined) => item?.webkitGetAsEntry?.()?.isDirectory === true;

/** What was dropped on the window: the first file or folder of it. */
export async function openDropped(transfer: DataTransfer): Promise<void> {
  const file = transfer.files[0];
  if (!file) return;
  const folder = isFolder(transfer.items[0]);
  if (transfer.files.length > 1) {
    refuse('Not opened', `${transfer.files.length} files`, new HeadscopeError('INVALID_REQUEST', 'Drop one file or folder at a time.'));
    return;
  }
  const path = host().droppedPath(file);
  if (folder) {
    if (path !== null) await openFolder(path, file.name);
    else {
      const where = 'A browser tab cannot pass folders to the engine. Start it with --models FOLDER, or use the desktop app.';
      refuse('Folder not opened', file.name, new HeadscopeError('FILE_UNREADABLE', where));
    }
    return;
  }
  try {
    if (file.size > MAX_CONFIG_CHARS) {
      throw new HeadscopeError('LIMIT_EXCEEDED', `The file has ${file.size.toLocaleString('en-US')} bytes; at most 64 MiB are read.`);
    }
    const bytes = await file.arrayBuffer();
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch {
      throw new HeadscopeError('FILE_UNREADABLE', 'The file is not UTF-8 text. Configs are JSON, prompts are plain text.');
    }
    await openText({ name: file.name, path, text });
  } catch (thrown) {
    refuse('File not opened', file.name, thrown);
  }
}
