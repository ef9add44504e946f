// One file of a repository onto the disk: beside its place under a partial name, hashed as it comes, renamed when it is what the hub promised.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import { withDownloadLock } from './download_lock.ts';
import { ATTEMPTS, BrokenConnection, type HubConnection, reasonOf, refusal, unreachable } from './hub_connection.ts';
import type { HubFile } from './hub_listing.ts';
import { printable } from './strict_json.ts';

export interface Transfer {
  connection: HubConnection;
  repository: string;
  commit: string;
  hasToken: boolean;
  file: HubFile;
  /** What has come is kept here, and gone on with. */
  partial: string;
  /** Where the whole file goes. */
  target: string;
  /** Told the bytes of this file that are on the disk, again from less where they were no good. */
  onBytes: (bytes: number) => void;
}

/** Rejects with FETCH_FAILED (refused, cut off again and again, another hash), FILE_WRITE_FAILED, CANCELLED. */
export async function transferFile(transfer: Transfer): Promise<void> {
  const { partial, target } = transfer;
  try {
    await mkdir(dirname(partial), { recursive: true });
    await mkdir(dirname(target), { recursive: true });
  } catch (error) {
    throw writeFailure(error, target);
  }
  await withDownloadLock(`${partial}.lock`, () => fill(transfer)).catch((error) => {
    throw writeFailure(error, partial);
  });
}

async function fill(transfer: Transfer): Promise<void> {
  const { connection, file, partial, target } = transfer;
  // What an earlier attempt left may be anything: it is given up once before the hub is blamed.
  let resumed = (await sizeOf(partial)) > 0;
  for (;;) {
    const hex = await complete(transfer);
    if (hex === file.hash.hex) break;
    await rm(partial, { force: true });
    connection.throwIfCancelled();
    if (!resumed) {
      throw new HeadscopeError(
        'FETCH_FAILED',
        `${printable(file.path)} of ${transfer.repository} does not have the hash that the hub lists: ${hex} for ${file.hash.hex}. It is not kept; try again.`,
        { path: file.path, expected: file.hash.hex, got: hex },
      );
    }
    resumed = false;
  }
  await rename(partial, target);
}

/** Hex digits of the hash a file's bytes have; nothing where there is no such file, or of another size. */
export async function hashOfFile(path: string, { size, hash }: HubFile): Promise<string | null> {
  if ((await sizeOf(path)) !== size) return null;
  const hasher = hasherFor(hash.kind, size);
  await hashPrefix(path, size, hasher);
  return hasher.digest('hex');
}

export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (facts) => (facts.isFile() ? facts.size : -1),
    () => -1,
  );
}

/** Fills the partial file and gives its hash. A connection that breaks is made again, as long as it brings something now and then. */
async function complete(transfer: Transfer): Promise<string> {
  const { connection, file, partial, onBytes } = transfer;
  let handle: FileHandle;
  try {
    handle = await open(partial, 'a');
  } catch (error) {
    throw writeFailure(error, partial);
  }
  try {
    let at = (await handle.stat()).size;
    if (at > file.size) {
      await handle.truncate(0);
      at = 0;
    }
    let hasher = hasherFor(file.hash.kind, file.size);
    if (at > 0) await hashPrefix(partial, at, hasher);
    const restart = async () => {
      await handle.truncate(0);
      at = 0;
      hasher = hasherFor(file.hash.kind, file.size);
    };
    onBytes(at);
    for (let barren = 0; at < file.size; ) {
      const before = at;
      try {
        await receive(transfer, at, restart, async (bytes) => {
          await writeAll(handle, bytes, partial);
          hasher.update(bytes);
          at += bytes.length;
          onBytes(at);
        });
      } catch (error) {
        if (!(error instanceof BrokenConnection)) throw error;
        barren = at > before ? 0 : barren + 1;
        if (barren >= ATTEMPTS) throw unreachable(connection.endpoint, error.message);
        await connection.pause(barren + 1);
      }
    }
    await handle.sync().catch((error) => {
      throw writeFailure(error, partial);
    });
    return hasher.digest('hex');
  } finally {
    await handle.close();
  }
}

/** One request for the bytes from `at` on; ends where they do, or with BrokenConnection. */
async function receive(
  transfer: Transfer,
  at: number,
  restart: () => Promise<void>,
  take: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { connection, repository, commit, hasToken, file } = transfer;
  const stall = new AbortController();
  const watchdog = setTimeout(() => stall.abort(new DOMException('stalled', 'TimeoutError')), connection.stallMs);
  try {
    const path = file.path.split('/').map(encodeURIComponent).join('/');
    // identity: a packed answer has no bytes to go on from.
    const headers = new Headers({ 'accept-encoding': 'identity' });
    if (at > 0) headers.set('range', `bytes=${at}-`);
    const response = await connection.once(`${connection.endpoint}/${repository}/resolve/${commit}/${path}`, headers, stall.signal);
    if (response.status === 416) {
      await response.body?.cancel();
      await restart();
      throw new BrokenConnection('it has no such part of the file');
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw refusal(response.status, repository, commit, hasToken, file.path);
    }
    if (at > 0 && !continues(response, at)) await restart();
    let room = file.size - (at > 0 && continues(response, at) ? at : 0);
    const reader = response.body?.getReader();
    for (;;) {
      const chunk = await reader?.read().catch((error: unknown) => {
        connection.throwIfCancelled();
        throw new BrokenConnection(reasonOf(error));
      });
      if (chunk === undefined || chunk.done) break;
      watchdog.refresh();
      room -= chunk.value.length;
      if (room < 0) {
        await reader?.cancel().catch(() => {});
        throw tooLong(file, repository);
      }
      await take(chunk.value);
    }
    if (room > 0) throw new BrokenConnection('it ends the file too early');
  } finally {
    clearTimeout(watchdog);
  }
}

/** Whether an answer starts where it was asked to: a server may send the whole file instead. */
function continues(response: Response, at: number): boolean {
  return response.status === 206 && (response.headers.get('content-range') ?? '').startsWith(`bytes ${at}-`);
}

function hasherFor(kind: HubFile['hash']['kind'], size: number): Hash {
  return kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

async function hashPrefix(path: string, end: number, hasher: Hash): Promise<void> {
  try {
    for await (const bytes of createReadStream(path, { end: end - 1, highWaterMark: 1 << 20 })) hasher.update(bytes);
  } catch (error) {
    throw new HeadscopeError('FILE_UNREADABLE', `${printable(path)} cannot be read: ${printable(reasonOf(error))}.`, { path });
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, path: string): Promise<void> {
  try {
    for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
  } catch (error) {
    throw writeFailure(error, path);
  }
}

function tooLong(file: HubFile, repository: string): HeadscopeError {
  return new HeadscopeError(
    'FETCH_FAILED',
    `${printable(file.path)} of ${repository} is longer than the ${file.size} bytes that the hub lists.`,
    {
      path: file.path,
    },
  );
}

export function writeFailure(error: unknown, path: string): HeadscopeError {
  if (error instanceof HeadscopeError) return error;
  return new HeadscopeError('FILE_WRITE_FAILED', `${printable(path)} cannot be written: ${printable(reasonOf(error))}.`, { path });
}
