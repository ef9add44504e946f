import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appFile } from './app_files.ts';

let base: string;
let folder: string;

beforeAll(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'headscope-app-files-')));
  folder = join(base, 'renderer');
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'map view.js'), '1');
  writeFileSync(join(folder, 'notes.exe'), '');
  writeFileSync(join(base, 'secret.json'), '{}');
  mkdirSync(join(base, 'renderer-of-another'));
  writeFileSync(join(base, 'renderer-of-another', 'a.js'), '2');
  symlinkSync(join(base, 'secret.json'), join(folder, 'link.json'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('app://headscope', () => {
  it('finds the interface’s files with their types', async () => {
    expect(await appFile(folder, 'app://headscope/index.html')).toEqual({
      path: join(folder, 'index.html'),
      type: 'text/html; charset=utf-8',
    });
    expect(await appFile(folder, 'app://headscope/assets/map%20view.js?v=1#top')).toEqual({
      path: join(folder, 'assets', 'map view.js'),
      type: 'text/javascript; charset=utf-8',
    });
  });

  it.each([
    ['a folder', 'app://headscope/assets'],
    ['the root', 'app://headscope/'],
    ['an absent file', 'app://headscope/absent.js'],
    ['a type that is not served', 'app://headscope/notes.exe'],
    ['a way up', 'app://headscope/../secret.json'],
    ['an encoded way up', 'app://headscope/%2e%2e%2fsecret.json'],
    ['a way up and sideways', 'app://headscope/..%2Frenderer-of-another/a.js'],
    ['a backslash', 'app://headscope/..%5Csecret.json'],
    ['a null byte', 'app://headscope/index.html%00.js'],
    ['a bad encoding', 'app://headscope/%E0%A4%A.html'],
    ['a link that leads out', 'app://headscope/link.json'],
    ['another host', 'app://elsewhere/index.html'],
    ['another scheme', 'file:///index.html'],
    ['no URL', 'index.html'],
  ])('has nothing for %s', async (_what, url) => {
    expect(await appFile(folder, url)).toBeNull();
  });
});
