// Files that are there whole or not at all: written under a temporary name beside the target, synced, renamed.
import { randomBytes } from 'node:crypto';
import { realpathSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';

export function writeError(error: unknown, path: string): HeadscopeError {
  if (error instanceof HeadscopeError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new HeadscopeError('FILE_WRITE_FAILED', `${printable(path)} cannot be written: ${printable(why)}.`, { path });
}

/** A name beside `path` that nobody has: hidden, with this process's id. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Unfinished files of this process are removed when it ends, by whatever way JavaScript sees. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const path of unfinished) rmSync(path, { force: true, recursive: true });
});
export const unfinishedPaths: Pick<Set<string>, 'add' | 'delete'> = unfinished;

export class AtomicFile {
  /** Where the file will lie: symbolic links are followed, not replaced. */
  readonly path: string;
  private readonly temporary: string;
  private readonly handle: FileHandle;
  private state: 'open' | 'done' = 'open';
  private at = 0;

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path;
    this.temporary = temporary;
    this.handle = handle;
  }

  /** Throws FILE_WRITE_FAILED where the folder is absent or not writable, or something that is not a regular file has the name. */
  static async create(target: string): Promise<AtomicFile> {
    try {
      const path = resolveTarget(target);
      const temporary = temporaryName(path);
      unfinished.add(temporary);
      return new AtomicFile(path, temporary, await open(temporary, 'wx'));
    } catch (error) {
      throw writeError(error, target);
    }
  }

  get bytesWritten(): number {
    return this.at;
  }

  /** Appends. Callers await each call. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesWritten } = await this.handle.write(bytes, done, Math.min(bytes.length - done, 64 << 20), this.at);
        done += bytesWritten;
        this.at += bytesWritten;
      }
    } catch (error) {
      throw writeError(error, this.path);
    }
  }

  /** The file appears under its name, replacing an older one. */
  async commit(): Promise<void> {
    if (this.state === 'done') throw new HeadscopeError('INTERNAL', `${this.path} was already finished.`);
    try {
      await this.handle.sync();
      await this.handle.close();
      this.state = 'done';
      await rename(this.temporary, this.path);
      unfinished.delete(this.temporary);
      await syncFolder(dirname(this.path));
    } catch (error) {
      await this.discard();
      throw writeError(error, this.path);
    }
  }

  /** Nothing remains. Does nothing after commit; never throws. */
  async discard(): Promise<void> {
    if (this.state === 'open') await this.handle.close().catch(() => undefined);
    this.state = 'done';
    if (unfinished.delete(this.temporary)) await rm(this.temporary, { force: true }).catch(() => undefined);
  }
}

function resolveTarget(target: string): string {
  const path = resolve(target);
  let facts: { isFile(): boolean; isDirectory(): boolean };
  try {
    facts = statSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return path;
    throw error;
  }
  if (!facts.isFile()) {
    throw new HeadscopeError(
      'FILE_WRITE_FAILED',
      `${printable(target)} is ${facts.isDirectory() ? 'a folder' : 'not a regular file'}; give the name of a file.`,
      { path },
    );
  }
  return realpathSync(path);
}

/** Writes the whole of a file. Throws FILE_WRITE_FAILED. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  const file = await AtomicFile.create(path);
  try {
    await file.write(typeof content === 'string' ? new TextEncoder().encode(content) : content);
    await file.commit();
  } catch (error) {
    await file.discard();
    throw error;
  }
}
