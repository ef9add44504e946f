import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, writeModelFolder } from '../checkpoint/tiny_checkpoint.ts';
import { Client } from '../protocol/client.ts';
import { inProcessPair } from '../protocol/in_process.ts';
import { serve } from '../protocol/server.ts';
import { EngineService, type ServiceOptions } from './engine_service.ts';
import { LibraryFolders } from './library.ts';

const root = temporaryFolder();
const outside = writeModelFolder();
const models = join(root, 'models');
const assets = join(root, 'assets');
const config = '[{"0": ["vertical_and_slash", 30, 800, 0.5]}]';

beforeAll(() => {
  cpSync(outside, join(models, 'group', 'tiny'), { recursive: true });
  symlinkSync(join(models, 'group', 'tiny'), join(models, 'alias'));
  symlinkSync(outside, join(models, 'escape'));
  mkdirSync(join(models, 'captured'));
  writeFileSync(join(models, 'captured', 'layer-00.q.npy'), '');
  mkdirSync(join(models, 'broken-run'));
  writeFileSync(join(models, 'broken-run', 'run.json'), '{}');
  mkdirSync(join(models, '.cache'));
  writeFileSync(join(models, 'Tiny_best_pattern.json'), config);
  writeFileSync(join(models, 'notes.json'), '{}');
  mkdirSync(join(assets, 'prompts'), { recursive: true });
  writeFileSync(join(assets, 'prompts', 'one.txt'), 'four char words');
  writeFileSync(join(assets, 'prompts', 'README.md'), 'no prompt');
});

const clients: Client[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});
function connect(options: ServiceOptions): Client {
  const [near, far] = inProcessPair();
  serve(far, new EngineService(options));
  const client = new Client(near, { validate: true });
  clients.push(client);
  return client;
}

describe('the library', () => {
  it('lists what lies in its folders, and what it cannot read', async () => {
    const found = await new LibraryFolders({ assets, folders: [models] }).list(true);
    expect(found.models).toEqual([
      { id: 'models:alias', name: 'alias', path: join(models, 'alias'), bundled: false },
      { id: 'models:group/tiny', name: 'tiny', path: join(models, 'group', 'tiny'), bundled: false },
    ]);
    expect(found.prompts).toEqual([
      {
        id: 'bundled:prompts/one.txt',
        name: 'one',
        path: join(assets, 'prompts', 'one.txt'),
        bundled: true,
        text: 'four char words',
        tokensHint: 4,
      },
    ]);
    expect(found.captures.map(({ id }) => id)).toEqual(['models:captured']);
    expect(found.configs).toMatchObject([{ id: 'models:Tiny_best_pattern.json', text: config }]);
    expect(found.runs).toEqual([]);
    expect(found.notes).toEqual([expect.stringMatching(/^models:broken-run: /)]);
    const hidden = await new LibraryFolders({ assets, folders: [models] }).list(false);
    expect(JSON.stringify(hidden)).not.toContain(`${root}/models`);
  });

  it('tells folders of the same name apart, and takes a folder that is a model itself', async () => {
    const other = join(root, 'other', 'models');
    cpSync(outside, other, { recursive: true });
    const library = new LibraryFolders({ assets: null, folders: [models, other] });
    expect((await library.list(true)).models.map(({ id }) => id)).toEqual(['models:alias', 'models:group/tiny', 'models-2:']);
    expect(library.place('models-2:')).toBe(other);
    expect(library.place('models:group/tiny')).toBe(join(models, 'group', 'tiny'));
    expect(library.place('elsewhere:group')).toBeUndefined();
    expect(library.place('/etc')).toBeUndefined();
    expect(library.place('models:../../etc')).toBe(join(models, 'etc'));
  });

  it('is all that a host of ids shows', async () => {
    const library = { assets, folders: [models] };
    const { readPaths } = new LibraryFolders(library);
    const client = connect({ policy: { readPaths, writeFiles: false, idsOnly: true }, library });
    const seen = await client.call('library.list', {});
    expect(seen.models.map(({ path }) => path)).toEqual([null, null]);
    expect(await client.call('checkpoint.inspect', { model: 'models:group/tiny' })).toMatchObject({ path: 'models:group/tiny', layers: 2 });
    expect(await client.call('checkpoint.inspect', { model: 'models:alias' })).toMatchObject({ layers: 2 });
    for (const model of [join(models, 'group', 'tiny'), outside, 'models:escape', 'models:../outside', 'models:', 'other:tiny', '.']) {
      await expect(client.call('checkpoint.inspect', { model }), model).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      await expect(client.call('run.prefill', { model, prompt: { ids: [1] } }), model).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      const encoded = client.call('tokenizer.encode', { model, text: 'x' });
      await expect(encoded, model).rejects.toMatchObject({ code: expect.stringMatching(/^(FILE_NOT_FOUND|TOKENIZER_MISSING)$/) });
      await expect(client.call('config.read', { document: config, model }), model).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    }
    await expect(client.call('run.open', { path: outside })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(client.call('run.capture', { path: outside })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });

  it('goes beside paths where the host allows them', async () => {
    const client = connect({ policy: { readPaths: 'any', writeFiles: true }, library: { assets: null, folders: [models] } });
    for (const model of ['models:group/tiny', outside])
      expect(await client.call('checkpoint.inspect', { model })).toMatchObject({ layers: 2 });
  });
});
