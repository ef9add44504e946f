// What a command leaves behind, whole or not at all.
import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AtomicFile, writeError, writeFileAtomic } from '../../runs/atomic_file.ts';

/** Throws FILE_WRITE_FAILED before any work is done for a file that could not be written after it. Absent paths are fine. */
export function checkTargets(...paths: (string | undefined)[]): void {
  for (const path of paths) {
    if (path === undefined) continue;
    const folder = dirname(resolve(path));
    try {
      if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
      accessSync(folder, constants.W_OK);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    } catch (error) {
      throw writeError(error, path);
    }
  }
}

/** One line of JSON with a newline at its end. Throws FILE_WRITE_FAILED. */
export function writeJson(path: string, content: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(content)}\n`);
}

/** A JSON line a record, in the order of the calls; the file appears at commit. */
export class JsonLines {
  readonly #file: AtomicFile;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: AtomicFile) {
    this.#file = file;
  }
  static async create(path: string): Promise<JsonLines> {
    return new JsonLines(await AtomicFile.create(path));
  }
  /** Returns at once; a failure comes out of commit. */
  add(record: unknown): void {
    const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
    this.#written = this.#written.then(() => this.#file.write(line));
    this.#written.catch(() => {});
  }
  async commit(): Promise<void> {
    await this.#written;
    await this.#file.commit();
  }
  /** Nothing remains of it; does nothing after commit. */
  async discard(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#file.discard();
  }
}
