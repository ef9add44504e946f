import { cpSync, mkdirSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder, writeModelFolder } from '../checkpoint/tiny_checkpoint.ts';
import { hubModels } from './hub_models.ts';
import { LibraryFolders } from './library.ts';

const COMMIT = 'a'.repeat(40);

/** A cache as the hub's tools lay it out: files are links into blobs/. */
function cacheWith(): { cache: string; bytes: number } {
  const cache = temporaryFolder();
  const folder = join(cache, 'models--org--tiny');
  const snapshot = join(folder, 'snapshots', COMMIT);
  mkdirSync(join(folder, 'refs'), { recursive: true });
  mkdirSync(join(folder, 'blobs'), { recursive: true });
  writeFileSync(join(folder, 'refs', 'main'), COMMIT);
  cpSync(writeModelFolder(), snapshot, { recursive: true });
  let bytes = 0;
  for (const [at, name] of readdirSync(snapshot).entries()) {
    bytes += statSync(join(snapshot, name)).size;
    renameSync(join(snapshot, name), join(folder, 'blobs', `hash-${at}`));
    symlinkSync(join('..', '..', 'blobs', `hash-${at}`), join(snapshot, name));
  }
  const other = join(cache, 'models--org--speech', 'snapshots', COMMIT);
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, 'config.json'), '{"model_type": "whisper"}');
  mkdirSync(join(cache, 'datasets--org--text', 'snapshots', COMMIT), { recursive: true });
  return { cache, bytes };
}

it('lists what the cache holds, with sizes through its links and why something cannot be opened', async () => {
  const { cache, bytes } = cacheWith();
  const { models, notes } = await hubModels({ HF_HUB_CACHE: cache });
  expect(models.map(({ id }) => id)).toEqual(['org/speech', 'org/tiny']);
  const [speech, tiny] = models;
  expect(speech?.hub?.problem).toBeTruthy();
  expect(tiny).toEqual({
    id: 'org/tiny',
    name: 'org/tiny',
    path: join(cache, 'models--org--tiny', 'snapshots', COMMIT),
    bundled: false,
    hub: { bytes, problem: null },
  });
  expect(notes).toEqual([]);
  expect(await hubModels({ HF_HUB_CACHE: join(cache, 'nowhere') })).toEqual({ models: [], notes: [] });
});

it('is a folder like any other to a host that is given the cache as one, and names its models by their repository', async () => {
  const { cache } = cacheWith();
  const { models } = await new LibraryFolders({ assets: null, folders: [cache] }).list(false);
  expect(models).toEqual([
    { id: expect.stringMatching(new RegExp(`:models--org--tiny/snapshots/${COMMIT}$`)), name: 'tiny', path: null, bundled: false },
  ]);
});
