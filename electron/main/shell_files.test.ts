import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShellRecent } from '../../engine/protocol/desktop.ts';
import { JsonFile, readJson, writeWhole } from './json_file.ts';
import { MAX_RECENT, recentFrom, withoutRecent, withRecent } from './recent_documents.ts';
import { configArgument, readText } from './text_file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headscope-shell-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('settings', () => {
  it('are written whole, the newest last, with nothing left beside them', async () => {
    const path = join(folder, 'window.json');
    const file = new JsonFile(path);
    await Promise.all([1, 2, 3].map((value) => file.write({ value })));
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ value: 3 });
    expect(await new JsonFile(path).read()).toEqual({ value: 3 });
    expect(readdirSync(folder).filter((name) => name.includes('window'))).toEqual(['window.json']);
  });

  it('that are absent or broken are nothing', async () => {
    const path = join(folder, 'broken.json');
    writeFileSync(path, '{"half":');
    expect(await readJson(path)).toBeUndefined();
    expect(await new JsonFile(join(folder, 'absent.json')).read()).toBeNull();
  });

  it('that cannot be written say so, and leave what was there', async () => {
    await expect(writeWhole(join(folder, 'no', 'such', 'folder.json'), 'x')).rejects.toThrow(/ENOENT/);
    const target = join(folder, 'kept.json');
    writeFileSync(target, 'old');
    await writeWhole(target, 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
  });
});

describe('a text the user opens', () => {
  it('comes with its name and path', async () => {
    const path = join(folder, 'a prompt.txt');
    writeFileSync(path, 'héllo');
    expect(await readText(path)).toEqual({ name: 'a prompt.txt', path, text: 'héllo' });
  });

  it('is refused in a sentence where it is no text, too large, or not there', async () => {
    const binary = join(folder, 'binary.json');
    writeFileSync(binary, Buffer.from([0xff, 0xfe, 0x00, 0x80]));
    await expect(readText(binary)).rejects.toThrow('binary.json is not UTF-8 text');
    const large = join(folder, 'large.json');
    writeFileSync(large, '');
    truncateSync(large, (64 << 20) + 1);
    await expect(readText(large)).rejects.toThrow('large.json is 64 MiB; texts of up to 64 MiB are read.');
    await expect(readText(join(folder, 'absent.json'))).rejects.toThrow(/absent\.json cannot be read/);
    await expect(readText(folder)).rejects.toThrow(/cannot be read/);
  });

  it('is found on a command line', () => {
    expect(configArgument(['--user-data-dir=/x/y.json', '/data/llama.JSON'])).toBe('/data/llama.JSON');
    expect(configArgument(['--flag', 'folder'])).toBeNull();
  });
});

describe('recent documents', () => {
  const entry = (place: string, openedAt: number): ShellRecent => ({ kind: 'model', name: place, place, openedAt });

  it('keep each place once, newest first, and not without end', () => {
    let list = [entry('/a', 1)];
    list = withRecent(list, entry('/b', 2));
    list = withRecent(list, entry('/a', 3));
    expect(list.map(({ place, openedAt }) => [place, openedAt])).toEqual([
      ['/a', 3],
      ['/b', 2],
    ]);
    expect(withoutRecent(list, entry('/b', 9)).map(({ place }) => place)).toEqual(['/a']);
    for (let more = 0; more < 40; more++) list = withRecent(list, entry(`/${more}`, more));
    expect(list).toHaveLength(MAX_RECENT);
  });

  it('tell prompts of one model apart, and check what is said of a run', () => {
    const run = { model: 'tiny', rows: 512, heads: 8, totalMs: 10, prompt: null, thumbnail: null };
    const made = (name: string): ShellRecent => ({ kind: 'prefill', name, place: '/tiny', openedAt: 1, run });
    const list = withRecent(withRecent([made('one')], made('two')), made('one'));
    expect(list.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(recentFrom([made('one'), { ...made('two'), run: { ...run, thumbnail: 'https://elsewhere' } }])).toEqual([made('one')]);
  });

  it('survive a settings file that someone edited', () => {
    expect(recentFrom([entry('/a', 1), { kind: 'no' }, null, entry('/b', 2)])).toEqual([entry('/a', 1), entry('/b', 2)]);
    expect(recentFrom({ a: 1 })).toEqual([]);
  });
});
