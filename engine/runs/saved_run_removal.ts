// Deleting a saved run: its own files and its folder, nothing else. A folder that is no run's, or holds anything more, stays as it is.
import { lstatSync, readdirSync } from 'node:fs';
import { readFile, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { syncFolder, temporaryName } from './atomic_file.ts';
import { parseRunDescription, type RunDescription } from './run_description.ts';
import { RUN_FILES } from './saved_run_writer.ts';

const MAX_RUN_JSON_BYTES = 64 << 20;

export interface RunFolder {
  /** Absolute. */
  path: string;
  description: RunDescription;
  /** Sizes in bytes, in the order of the folder. */
  files: { name: string; bytes: number }[];
}

const refused = (path: string, why: string) =>
  new HeadscopeError('RUN_INVALID', `${printable(path)} ${why}; nothing was deleted.`, { path });

/** What a deletion would take: the run and its files. Throws RUN_NOT_FOUND, and RUN_INVALID for what is not a saved run and nothing else. */
export async function inspectRunFolder(folder: string): Promise<RunFolder> {
  const path = resolve(folder);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) throw new HeadscopeError('RUN_NOT_FOUND', `There is no ${printable(path)}.`, { path });
  if (there.isSymbolicLink()) throw refused(path, 'is a link, not the folder of a saved run');
  if (!there.isDirectory()) throw refused(path, 'is not a folder');
  const names = readdirSync(path).sort();
  if (!names.includes('run.json')) throw refused(path, 'is not a saved run: it has no run.json');
  const files = names.map((name) => {
    const facts = lstatSync(join(path, name));
    if (!RUN_FILES.has(name) || !facts.isFile()) throw refused(path, `holds ${printable(name)}, which is not of a saved run`);
    return { name, bytes: facts.size };
  });
  if ((files.find(({ name }) => name === 'run.json')?.bytes ?? 0) > MAX_RUN_JSON_BYTES)
    throw refused(path, 'has a run.json that is too large');
  return { path, description: parseRunDescription(await readFile(join(path, 'run.json'), 'utf8')), files };
}

/**
 * Deletes a saved run. It leaves its place at once, by a rename; then its files go, one by one, and the folder, which must be empty by
 * then. Throws what inspectRunFolder throws, and FILE_WRITE_FAILED, which says what is left where.
 */
export async function removeSavedRun(folder: string): Promise<{ path: string; bytes: number }> {
  const { path, files } = await inspectRunFolder(folder);
  const aside = temporaryName(path);
  try {
    await rename(path, aside);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeadscopeError('FILE_WRITE_FAILED', `${printable(path)} cannot be deleted: ${printable(why)}. It is as it was.`, { path });
  }
  try {
    for (const { name } of files) await unlink(join(aside, name));
    await rmdir(aside);
    await syncFolder(dirname(path));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new HeadscopeError(
      'FILE_WRITE_FAILED',
      `${printable(path)} was deleted in part: ${printable(why)}. What is left lies in ${printable(basename(aside))} beside it.`,
      { path, left: aside },
    );
  }
  return { path, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
