// Models that Hugging Face's tools have already downloaded: where their cache lies, and the snapshot in it that a name means.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import { pathExists } from './bounded_file.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

/** ORG/NAME or NAME, as the hub allows them: letters, digits, - _ . and no .. or --. */
const REPOSITORY = /^(?:[A-Za-z0-9](?:[\w.-]{0,94}\w)?\/)?[A-Za-z0-9_](?:[\w.-]{0,94}\w)?$/;
const COMMIT = /^[0-9a-f]{40}$/;

export function isRepositoryName(text: string): boolean {
  return REPOSITORY.test(text) && !text.includes('..') && !text.includes('--');
}

/** HF_HOME, or huggingface in XDG_CACHE_HOME, or in ~/.cache. */
export function hubHome(variables: Variables = process.env): string {
  return withHome(variables.HF_HOME || join(variables.XDG_CACHE_HOME || join(homedir(), '.cache'), 'huggingface'));
}

/** The folder of models--ORG--NAME folders: HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, or hub in the home. */
export function hubCache(variables: Variables = process.env): string {
  return withHome(variables.HF_HUB_CACHE || variables.HUGGINGFACE_HUB_CACHE || join(hubHome(variables), 'hub'));
}

export function repositoryFolder(cache: string, repository: string): string {
  return join(cache, `models--${repository.replaceAll('/', '--')}`);
}

/** ~ and ~/x as the home folder has them. */
export function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/**
 * The snapshot folder of ORG/NAME in the cache: of `revision` (a branch, tag or commit), else of main, else the only one there is; null where
 * there is none. Throws INVALID_REQUEST for what is no repository's name.
 */
export function cachedSnapshot(repository: string, revision?: string, variables: Variables = process.env): string | null {
  if (!isRepositoryName(repository))
    throw new HeadscopeError('INVALID_REQUEST', `'${repository}' is no name of a repository; they read ORG/NAME.`);
  const folder = repositoryFolder(hubCache(variables), repository);
  const snapshot = (commit: string) => {
    const path = join(folder, 'snapshots', commit);
    return isFolder(path) ? path : null;
  };
  if (revision !== undefined && COMMIT.test(revision)) return snapshot(revision);
  const commit = readReference(folder, revision ?? 'main');
  if (commit !== null) return snapshot(commit);
  if (revision !== undefined) return null;
  const all = namesIn(join(folder, 'snapshots')).filter((name) => COMMIT.test(name));
  return all.length === 1 ? snapshot(all[0] ?? '') : null;
}

/** Whether a text may name a branch, tag or commit: it becomes a path below refs/. */
export function isRevision(text: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)*$/.test(text) && text.length <= 200 && !text.includes('..') && !text.split('/').includes('.');
}

/** The commit that a branch or tag of the cache stands for. */
function readReference(folder: string, revision: string): string | null {
  if (!isRevision(revision)) return null;
  try {
    const commit = readFileSync(join(folder, 'refs', revision), 'utf8').trim();
    return COMMIT.test(commit) ? commit : null;
  } catch {
    return null;
  }
}

/** What a model folder is called: its own name or, for a snapshot of the cache, that of its repository. */
export function folderName(path: string): string {
  const [repository = '', snapshots, commit = ''] = path.split(/[\\/]/).slice(-3);
  const cached = snapshots === 'snapshots' && COMMIT.test(commit) && repository.startsWith('models--');
  return cached ? (repository.split('--').at(-1) ?? '') : basename(path);
}

/** ORG/NAME of every model with a snapshot in the cache, in order. */
export function cachedRepositories(variables: Variables = process.env): string[] {
  return namesIn(hubCache(variables))
    .filter((name) => name.startsWith('models--'))
    .map((name) => name.slice('models--'.length).replace('--', '/'))
    .filter((name) => isRepositoryName(name) && cachedSnapshot(name, undefined, variables) !== null)
    .sort();
}

/**
 * What a user calls a model: a folder as it is; ORG/NAME or ORG/NAME@REVISION, where no such folder exists, as its snapshot in the cache.
 * Throws FILE_NOT_FOUND with the command that gets it.
 */
export function modelFolder(asked: string, variables: Variables = process.env): string {
  if (pathExists(asked)) return asked;
  const [repository = '', revision] = asked.split('@', 2);
  if (!isRepositoryName(repository) || !repository.includes('/')) return asked;
  const found = cachedSnapshot(repository, revision, variables);
  if (found !== null) return found;
  throw new HeadscopeError(
    'FILE_NOT_FOUND',
    `There is no folder ${asked}, and the Hugging Face cache (${hubCache(variables)}) has no such model. To download it: headscope fetch ${repository}${revision === undefined ? '' : ` --revision ${revision}`}`,
    { asked },
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
