// A model of the hub onto this machine: into the Hugging Face cache, where its other tools find it too, or into a folder.
import { copyFile, link, mkdir, readFile, rename, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import { pathExists } from './bounded_file.ts';
import { hubCache, isRepositoryName, isRevision, repositoryFolder } from './hub_cache.ts';
import { HubConnection, type HubSettings } from './hub_connection.ts';
import { type HubFile, listRepository, smallFiles, weightFiles, weightIndex } from './hub_listing.ts';
import { hashOfFile, sizeOf, transferFile, writeFailure } from './hub_transfer.ts';
import { printable } from './strict_json.ts';

export interface FetchRequest extends HubSettings {
  /** ORG/NAME. */
  repository: string;
  /** A branch, tag or commit; main unless told. */
  revision?: string;
  /** A folder for plain files; the cache unless told. */
  to?: string;
  cache?: string;
  signal: AbortSignal;
  /** Bytes that are there and bytes of all files. */
  onProgress?: (done: number, total: number, path: string) => void;
}

export interface Fetched {
  folder: string;
  commit: string;
  files: { path: string; bytes: number; hash: string }[];
  /** Bytes of all files, and of those that came now. */
  totalBytes: number;
  receivedBytes: number;
}

/**
 * Configuration, tokenizer, templates and safetensors of a model, each checked against the hub's hash. What is there already is not asked for again.
 * Rejects with INVALID_REQUEST, FETCH_FAILED, UNSUPPORTED_WEIGHTS, FILE_WRITE_FAILED (no room, before anything large is asked for), CANCELLED.
 */
export async function fetchModel(request: FetchRequest): Promise<Fetched> {
  const { repository, revision = 'main', signal } = request;
  if (!isRepositoryName(repository))
    throw new HeadscopeError('INVALID_REQUEST', `'${printable(repository)}' is no name of a repository; they read ORG/NAME.`);
  if (!isRevision(revision)) throw new HeadscopeError('INVALID_REQUEST', `'${printable(revision)}' is no branch, tag or commit.`);
  const hasToken = request.token !== null;
  const connection = new HubConnection(request, signal);
  const { commit, files } = await listRepository(connection, repository, revision, hasToken);
  const place = request.to === undefined ? new CachePlace(request.cache ?? hubCache(), repository, commit) : new FolderPlace(request.to);

  const index = weightIndex(files);
  const progress = { done: 0, total: 0, received: 0 };
  const get = async (file: HubFile) => {
    const { done } = progress;
    if (!(await place.has(file))) {
      let first = -1;
      await transferFile({
        ...{ connection, repository, commit, hasToken, file },
        ...place.paths(file),
        onBytes: (bytes) => {
          if (first < 0 || bytes < first) first = bytes;
          request.onProgress?.(done + bytes, progress.total, file.path);
        },
      });
      progress.received += file.size - Math.max(0, first);
      await place.arrived(file);
    }
    progress.done = done + file.size;
    request.onProgress?.(progress.done, progress.total, file.path);
  };

  // The index says which weights count, so it comes before the sum is known.
  const first = index === null ? [] : [index];
  await place.requireRoom(first);
  for (const file of first) await get(file);
  const weights = weightFiles(repository, files, index === null ? null : await readFile(place.path(index), 'utf8'));
  const wanted = [...smallFiles(files), ...weights];
  progress.total = progress.done + wanted.reduce((sum, { size }) => sum + size, 0);
  await place.requireRoom(wanted);
  for (const file of wanted) await get(file);
  await place.finished(revision);
  return {
    folder: place.folder,
    commit,
    files: [...first, ...wanted].map(({ path, size, hash }) => ({ path, bytes: size, hash: `${hash.kind}:${hash.hex}` })),
    totalBytes: progress.total,
    receivedBytes: progress.received,
  };
}

/** Where the files go: under which names, and what is there already. */
abstract class Place {
  abstract readonly folder: string;
  abstract has(file: HubFile): Promise<boolean>;
  abstract paths(file: HubFile): { partial: string; target: string };
  abstract arrived(file: HubFile): Promise<void>;
  abstract finished(revision: string): Promise<void>;

  path(file: HubFile): string {
    return join(this.folder, ...file.path.split('/'));
  }

  /** Throws FILE_WRITE_FAILED where the bytes that are still to come do not fit. */
  async requireRoom(files: readonly HubFile[]): Promise<void> {
    let needed = 0;
    for (const file of files) {
      const { partial, target } = this.paths(file);
      if ((await sizeOf(target)) !== file.size) needed += file.size - Math.max(0, Math.min(await sizeOf(partial), file.size));
    }
    let disk = resolve(this.folder);
    while (!pathExists(disk) && dirname(disk) !== disk) disk = dirname(disk);
    const { bavail, bsize } = await statfs(disk);
    const free = bavail * bsize;
    if (needed > free) {
      throw new HeadscopeError(
        'FILE_WRITE_FAILED',
        `The files need ${needed} bytes more and ${disk} has room for ${free}. Free some, or choose another disk with --to DIR or HF_HUB_CACHE.`,
        { neededBytes: needed, freeBytes: free, path: disk },
      );
    }
  }
}

/** blobs/HASH, snapshots/COMMIT/PATH -> blob, refs/REVISION: the layout that huggingface_hub documents and reads. */
class CachePlace extends Place {
  readonly folder: string;
  private readonly root: string;
  private readonly commit: string;

  constructor(cache: string, repository: string, commit: string) {
    super();
    this.root = repositoryFolder(resolve(cache), repository);
    this.commit = commit;
    this.folder = join(this.root, 'snapshots', commit);
  }

  paths({ hash }: HubFile): { partial: string; target: string } {
    const target = join(this.root, 'blobs', hash.hex);
    // Not the name that huggingface_hub takes: it may be downloading the same file.
    return { partial: `${target}.headscope.incomplete`, target };
  }

  /** A blob is renamed to its hash only when it has it: of those that are there the size is looked at. */
  async has(file: HubFile): Promise<boolean> {
    if ((await sizeOf(this.paths(file).target)) !== file.size) return false;
    await this.arrived(file);
    return true;
  }

  async arrived(file: HubFile): Promise<void> {
    const [blob, pointer] = [this.paths(file).target, this.path(file)];
    if ((await sizeOf(pointer)) === file.size) return;
    try {
      await mkdir(dirname(pointer), { recursive: true });
      await rm(pointer, { force: true });
      // Disks and systems without symbolic links get a second name, or a second copy.
      await symlink(relative(dirname(pointer), blob), pointer)
        .catch(() => link(blob, pointer))
        .catch(() => copyFile(blob, pointer));
    } catch (error) {
      throw writeFailure(error, pointer);
    }
  }

  async finished(revision: string): Promise<void> {
    if (revision === this.commit) return;
    const path = join(this.root, 'refs', ...revision.split('/'));
    const temporary = `${path}.${process.pid}.tmp`;
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(temporary, this.commit, { flush: true });
      await rename(temporary, path);
    } catch (error) {
      throw writeFailure(error, path);
    }
  }
}

/** A folder of the user's: nothing in it is replaced by something else. */
class FolderPlace extends Place {
  readonly folder: string;

  constructor(folder: string) {
    super();
    this.folder = resolve(folder);
  }

  paths(file: HubFile): { partial: string; target: string } {
    const target = this.path(file);
    return { partial: `${target}.${file.hash.hex.slice(0, 16)}.incomplete`, target };
  }

  async has(file: HubFile): Promise<boolean> {
    const path = this.path(file);
    if (!pathExists(path)) return false;
    if ((await hashOfFile(path, file)) === file.hash.hex) return true;
    throw new HeadscopeError('FILE_WRITE_FAILED', `${printable(path)} is there already and is another file. Choose an empty folder.`, {
      path,
    });
  }

  async arrived(): Promise<void> {}
  async finished(): Promise<void> {}
}
