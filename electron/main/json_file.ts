// Small files of the shell: read tolerantly, written whole or not at all.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const temporaryName = (path: string) => join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);

/** Written under a temporary name beside the target, synced, renamed. */
export async function writeWhole(path: string, data: string | Uint8Array): Promise<void> {
  const fresh = temporaryName(path);
  try {
    const handle = await open(fresh, 'wx');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
}

/** undefined where there is no such file or it holds no JSON: a lost setting never keeps the program from starting. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** One file of settings, written at most one at a time; the newest value wins. */
export class JsonFile {
  readonly #path: string;
  #value: unknown;
  #next: { value: unknown } | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<unknown> {
    this.#value ??= await readJson(this.#path);
    return this.#value ?? null;
  }

  /** Resolves once this value or a newer one is on disk. */
  write(value: unknown): Promise<void> {
    this.#value = value;
    this.#next = { value };
    this.#writing ??= this.#drain();
    return this.#writing;
  }

  /** Before it returns: for the last moment of the program, which waits for nothing. */
  writeNow(value: unknown): void {
    this.#value = value;
    this.#next = undefined;
    const fresh = temporaryName(this.#path);
    try {
      const file = openSync(fresh, 'wx');
      writeSync(file, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(file);
      closeSync(file);
      renameSync(fresh, this.#path);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
  }

  async #drain(): Promise<void> {
    try {
      for (let next = this.#next; next; next = this.#next) {
        this.#next = undefined;
        await writeWhole(this.#path, `${JSON.stringify(next.value, null, 2)}\n`);
      }
    } finally {
      this.#writing = undefined;
    }
  }
}
