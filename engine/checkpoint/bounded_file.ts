// Reading files that somebody else wrote: regular files only (a FIFO would hang), of a size that is checked first.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { type ErrorCode, HeadscopeError } from '../protocol/errors.ts';
import { printable } from './strict_json.ts';

/** What the operating system said about a path, as a coded error. `advice` ends the sentence that names a missing file. */
export function fileError(error: unknown, path: string, advice = ''): HeadscopeError {
  if (error instanceof HeadscopeError) return error;
  const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
  const tail = advice === '' ? '' : ` ${advice}`;
  if (reason === 'ENOENT' || reason === 'ENOTDIR')
    return new HeadscopeError('FILE_NOT_FOUND', `There is no ${printable(path)}.${tail}`, { path });
  const why = error instanceof Error ? error.message : String(error);
  return new HeadscopeError('FILE_UNREADABLE', `${printable(path)} cannot be read: ${printable(why)}.`, { path });
}

/** Bytes of a regular file; FILE_NOT_FOUND, FILE_UNREADABLE otherwise. Symbolic links are followed. */
export function regularFileSize(path: string, advice = ''): number {
  try {
    const facts = statSync(path);
    if (!facts.isFile()) throw new HeadscopeError('FILE_UNREADABLE', `${printable(path)} is not a regular file.`, { path });
    return facts.size;
  } catch (error) {
    throw fileError(error, path, advice);
  }
}

/** True for something that can be looked up at `path`, whatever it is. */
export function pathExists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The UTF-8 text of a regular file of at most maxBytes; `code` where it is larger or not UTF-8. */
export function readBoundedText(path: string, maxBytes: number, code: ErrorCode, advice = ''): string {
  const size = regularFileSize(path, advice);
  if (size > maxBytes) {
    throw new HeadscopeError(code, `${printable(path)} has ${size} bytes; at most ${maxBytes} are read.`, {
      path,
      bytes: size,
      limit: maxBytes,
    });
  }
  return decodeUtf8(readRange(path, 0, size), printable(path), code);
}

export function decodeUtf8(bytes: Uint8Array, what: string, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HeadscopeError(code, `${what} is not UTF-8 text.`);
  }
}

/** Bytes [begin, end) of a regular file; FILE_UNREADABLE where it ends before. */
export function readRange(path: string, begin: number, end: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(end - begin);
  readInto(path, begin, bytes);
  return bytes;
}

/** Fills `into` with the bytes from `begin` on, 64 MiB a call; FILE_UNREADABLE where the file ends before. */
export function readInto(path: string, begin: number, into: Uint8Array): void {
  const step = 64 << 20;
  let descriptor: number | null = null;
  try {
    descriptor = openSync(path, 'r');
    if (!fstatSync(descriptor).isFile()) throw new HeadscopeError('FILE_UNREADABLE', `${printable(path)} is not a regular file.`, { path });
    for (let done = 0; done < into.length; ) {
      const got = readSync(descriptor, into, done, Math.min(step, into.length - done), begin + done);
      if (got === 0) {
        throw new HeadscopeError(
          'FILE_UNREADABLE',
          `${printable(path)} ends at byte ${begin + done}; ${begin + into.length} were expected.`,
          { path },
        );
      }
      done += got;
    }
  } catch (error) {
    throw fileError(error, path);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}
