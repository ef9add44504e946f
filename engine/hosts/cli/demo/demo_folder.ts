// The demo's output folder: filled under a temporary name, then put in place whole. An older one is replaced only if a demo wrote it.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { HeadscopeError } from '../../../protocol/errors.ts';
import { syncFolder, temporaryName, unfinishedPaths, writeError } from '../../../runs/atomic_file.ts';

/** Says that a folder is the demo's own. */
export const MARKER = '.headscope-demo';

async function replaceable(folder: string): Promise<boolean> {
  try {
    const names = await readdir(folder);
    return names.length === 0 || names.includes(MARKER);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
}

/** Throws FILE_WRITE_FAILED where `folder` is something that the demo did not write. */
export async function checkReplaceable(folder: string): Promise<void> {
  const allowed = await replaceable(folder).catch((error) => {
    throw writeError(error, folder);
  });
  if (!allowed) {
    throw new HeadscopeError(
      'FILE_WRITE_FAILED',
      `${folder} exists and was not written by a demo. Choose another folder with --out, or move it away.`,
      { path: folder },
    );
  }
}

/** Lets `fill` write into a fresh folder, then puts that in the place of `target`. Where `fill` fails nothing is left and nothing is lost. */
export async function writeDemoFolder(target: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const final = resolve(target);
  await checkReplaceable(final);
  const fresh = temporaryName(final);
  const old = `${fresh}.old`;
  unfinishedPaths.add(fresh);
  try {
    await mkdir(dirname(final), { recursive: true });
    await mkdir(join(fresh, 'maps'), { recursive: true });
    await writeFile(join(fresh, MARKER), 'Written by headscope demo, which replaces this folder when it runs again.\n');
    await fill(fresh);
    await syncFolder(fresh);
    // Again, because filling took a while.
    await checkReplaceable(final);
    if (existsSync(final)) await rename(final, old);
    await rename(fresh, final);
    await rm(old, { recursive: true, force: true });
    await syncFolder(dirname(final));
    return final;
  } catch (error) {
    if (existsSync(old) && !existsSync(final)) await rename(old, final).catch(() => undefined);
    await rm(fresh, { recursive: true, force: true }).catch(() => undefined);
    throw writeError(error, final);
  } finally {
    unfinishedPaths.delete(fresh);
  }
}
