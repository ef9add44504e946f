// What a command leaves behind, whole or not at all.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AtomicFile, writeError, writeFileAtomic } from '../../runs/atomic_file.ts';
import { UsageError } from './options.ts';

/** Throws FILE_WRITE_FAILED before any work is done for a file that could not be written after it, and UsageError where two are
 * one. Absent paths are fine. */
export function checkTargets(...paths: (string | undefined)[]): void {
  const given = paths.filter((path) => path !== undefined);
  const twice = given.find((path, place) => given.findIndex((other) => resolve(other) === resolve(path)) < place);
  if (twice !== undefined) throw new UsageError(`${twice} is asked for twice; the second output would replace the first.`);
  for (const path of given) {
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

/** The same for a folder that is made with its parents. */
export function checkFolderTarget(path: string | undefined): void {
  if (path === undefined) return;
  try {
    let there = resolve(path);
    while (!existsSync(there)) there = dirname(there);
    if (!statSync(there).isDirectory()) throw new Error(`${there} is not a folder`);
    accessSync(there, constants.W_OK);
  } catch (error) {
    throw writeError(error, path);
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
