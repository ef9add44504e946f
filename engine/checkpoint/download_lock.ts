// One download of a file at a time on this machine: two that append to the same partial file would make a whole of wrong parts.
import { open, readFile, rm } from 'node:fs/promises';
import { HeadscopeError } from '../protocol/errors.ts';
import { printable } from './strict_json.ts';

/** Runs `task` while `path` names this process. A lock of a process that is gone counts for nothing. Throws FETCH_FAILED where another runs. */
export async function withDownloadLock<T>(path: string, task: () => Promise<T>): Promise<T> {
  await take(path);
  try {
    return await task();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(String(process.pid)).finally(() => handle.close());
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (attempt > 0 || (holder > 0 && isRunning(holder))) {
      throw new HeadscopeError(
        'FETCH_FAILED',
        `Another download of this file is under way${holder > 0 ? ` in process ${holder}` : ''}. If there is none, remove ${printable(path)}.`,
        { path, process: holder },
      );
    }
    await rm(path, { force: true });
  }
}

function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
