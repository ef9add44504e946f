// The models of the Hugging Face cache, as a host that shows every path offers them: how large, and whether this engine runs them.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { cachedRepositories, cachedSnapshot, type Variables } from '../checkpoint/hub_cache.ts';
import { codedError } from '../protocol/envelope.ts';
import type { LibraryModel } from '../protocol/library.ts';

const MOST_MODELS = 200;

/** The cache also holds models of other kinds; each is listed with why it cannot be opened. Reads configs and headers, no weight. */
export async function hubModels(variables: Variables = process.env): Promise<{ models: LibraryModel[]; notes: string[] }> {
  const names = cachedRepositories(variables);
  const models: LibraryModel[] = [];
  for (const name of names.slice(0, MOST_MODELS)) {
    const path = cachedSnapshot(name, undefined, variables);
    if (path === null) continue;
    models.push({ id: name, name, path, bundled: false, hub: { bytes: await bytesIn(path), problem: problemOf(path) } });
  }
  const left = names.length - MOST_MODELS;
  return { models, notes: left > 0 ? [`Hugging Face cache: ${left} models beyond the first ${MOST_MODELS} are not listed.`] : [] };
}

function problemOf(folder: string): string | null {
  try {
    openCheckpoint(folder);
    return null;
  } catch (error) {
    return codedError(error).message;
  }
}

/** Of the snapshot's own files, links followed into the cache's blobs; what cannot be read counts nothing. */
async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (facts) => (facts.isFile() ? facts.size : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
