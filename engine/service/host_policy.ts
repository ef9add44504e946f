// What this host lets its clients touch on disk. The command line is the user and may do both; a server is told which folders to show.
import { realpathSync } from 'node:fs';
import { isAbsolute, relative, resolve } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';

export interface HostPolicy {
  /** 'any', or the folders (absolute) that may be read, with everything below them. */
  readPaths: 'any' | readonly string[];
  writeFiles: boolean;
  /** Clients name what they want by the library's ids; a path of theirs is refused, and paths are not shown. */
  idsOnly?: boolean;
}

/** Whether `path` is `folder` or below it; both absolute, without links. */
export function inside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../') && !way.startsWith('..\\'));
}

/** The absolute path, symbolic links resolved where it exists. A path outside the policy answers as if there were nothing. */
export function readablePath(policy: HostPolicy, path: string): string {
  const absolute = resolve(path);
  if (policy.readPaths === 'any') return absolute;
  let real: string;
  try {
    real = realpathSync(absolute);
  } catch {
    real = absolute;
  }
  const allowed = policy.readPaths.some((folder) => {
    try {
      return inside(realpathSync(folder), real);
    } catch {
      return false;
    }
  });
  if (!allowed) throw new HeadscopeError('FILE_NOT_FOUND', `There is no ${path} among the folders that this engine serves.`, { path });
  return real;
}

export function writablePath(policy: HostPolicy, path: string): string {
  if (!policy.writeFiles) {
    throw new HeadscopeError('FILE_WRITE_FAILED', `This engine does not write files for its clients (asked for ${path}).`, { path });
  }
  return resolve(path);
}
