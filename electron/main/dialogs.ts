// The system's open and save dialogs over one window.
import { basename, join } from 'node:path';
import { type BrowserWindow, dialog } from 'electron';
import type { ShellFileKind, ShellFolder, ShellText } from '../../engine/protocol/desktop.ts';
import { writeWhole } from './json_file.ts';
import { readText } from './text_file.ts';

/** 'name.headscope.json' is offered as a json file. */
function filterOf(name: string): { name: string; extensions: string[] }[] {
  const extension = name.split('.').at(-1) ?? '';
  return /^[A-Za-z0-9]{1,10}$/.test(extension) && extension !== name
    ? [
        { name: extension.toUpperCase(), extensions: [extension] },
        { name: 'All files', extensions: ['*'] },
      ]
    : [];
}

export class Dialogs {
  readonly #window: BrowserWindow;
  /** Where the last file was chosen: the next dialog starts there. */
  #folder: string;

  constructor(window: BrowserWindow, folder: string) {
    this.#window = window;
    this.#folder = folder;
  }

  async openFile(kind: ShellFileKind): Promise<ShellText | null> {
    const filters = [
      { name: kind.label, extensions: [...kind.extensions] },
      { name: 'All files', extensions: ['*'] },
    ];
    const path = await this.#open({ title: `Open ${kind.label}`, filters, properties: ['openFile'] });
    return path === null ? null : readText(path);
  }

  async openFolder(title: string): Promise<ShellFolder | null> {
    const path = await this.#open({ title, properties: ['openDirectory'] });
    return path === null ? null : { name: basename(path), path };
  }

  async savePath(suggestedName: string): Promise<string | null> {
    const defaultPath = join(this.#folder, suggestedName);
    const chosen = await dialog.showSaveDialog(this.#window, {
      defaultPath,
      filters: filterOf(suggestedName),
      properties: ['createDirectory', 'showOverwriteConfirmation'],
    });
    if (chosen.canceled || !chosen.filePath) return null;
    this.#remember(chosen.filePath);
    return chosen.filePath;
  }

  async save(suggestedName: string, data: string | Uint8Array): Promise<string | null> {
    const path = await this.savePath(suggestedName);
    if (path === null) return null;
    try {
      await writeWhole(path, data);
    } catch (error) {
      throw new Error(`${basename(path)} cannot be written: ${error instanceof Error ? error.message : String(error)}.`);
    }
    return path;
  }

  async #open(options: Electron.OpenDialogOptions): Promise<string | null> {
    const { canceled, filePaths } = await dialog.showOpenDialog(this.#window, { defaultPath: this.#folder, ...options });
    const path = filePaths[0];
    if (canceled || path === undefined) return null;
    this.#remember(path);
    return path;
  }

  #remember(path: string): void {
    this.#folder = join(path, '..');
  }
}
