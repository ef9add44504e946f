// Finding, trying and loading the addon.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDON_ABI, addonPlaces, findAddon, loadAddon } from './load.ts';
import { probeAddon, probedAddon } from './probe.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'headscope-load-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const missing = expect.objectContaining({ code: 'NATIVE_MISSING', message: expect.stringContaining('npm run build:native') });

describe('the addon', () => {
  it('is looked for where HEADSCOPE_ADDON says, else beside the bundle and in the build', () => {
    expect(addonPlaces({ HEADSCOPE_ADDON: '/x/y.node' })).toEqual(['/x/y.node']);
    const places = addonPlaces({});
    expect(places).toHaveLength(2);
    expect(places[1]).toMatch(/build[/\\]release[/\\]headscope\.node$/);
    expect(() => findAddon({ HEADSCOPE_ADDON: join(folder, 'absent.node') })).toThrow(missing);
  });

  it('describes itself and the machine', () => {
    const info = loadAddon().info();
    expect(info.build).toMatch(/^\d+\.\d+\.\d+\+\S+$/);
    expect(info.hardwareThreads).toBeGreaterThanOrEqual(1);
    expect(info.availableBytes).toBeGreaterThan(1 << 20);
    expect(info.backends[0]).toMatchObject({ name: 'cpu', available: true, reason: '' });
    expect(info.backends.map((b) => b.description)).toContain('CPU, portable');
    const cuda = info.backends.find((b) => b.name === 'cuda');
    expect(cuda?.available).toBe(false);
    expect(cuda?.reason).not.toBe('');
    expect(JSON.stringify(info)).not.toContain(process.cwd());
  });

  it('that is no library, or another one, is missing', () => {
    const text = join(folder, 'text.node');
    writeFileSync(text, 'not a library');
    expect(() => loadAddon(text)).toThrow(missing);
    const json = join(folder, 'other.cjs');
    writeFileSync(json, 'module.exports = { info: 1 };');
    expect(() => loadAddon(json)).toThrow(missing);
    writeFileSync(join(folder, 'old.cjs'), 'const f = () => ({ abi: 0 }); module.exports = { info: f, openModel: f, captureLayer: f };');
    expect(() => loadAddon(join(folder, 'old.cjs'))).toThrow(missing);
  });
});

describe('the probe', () => {
  it('passes the real addon and remembers it', async () => {
    const cacheFolder = join(folder, 'cache');
    const copy = join(folder, 'copy.node');
    copyFileSync(findAddon(), copy);
    await probeAddon(copy, { cacheFolder });
    expect(readdirSync(cacheFolder)).toHaveLength(1);
    // A remembered verdict needs no child: a timeout that no child could meet does not matter.
    await probeAddon(copy, { cacheFolder, timeoutMs: 0 });
    utimesSync(copy, new Date(), new Date(Date.now() + 5000));
    await expect(probeAddon(copy, { cacheFolder, timeoutMs: 0 })).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    expect((await probedAddon({ cacheFolder })).info().abi).toBe(ADDON_ABI);
  });

  // Stand-ins for a binary that fails: what the probe runs is decided by the path alone.
  it.each([
    ['throws while it loads', "throw new Error('undefined symbol: zzz');", 'NATIVE_MISSING', 'undefined symbol: zzz'],
    ['is killed while it loads', "process.kill(process.pid, 'SIGSEGV'); for (;;);", 'BACKEND_LOST', 'SIGSEGV'],
    [
      'is killed at work',
      "module.exports = { info() {}, captureLayer() { process.kill(process.pid, 'SIGILL'); for (;;); } };",
      'BACKEND_LOST',
      'SIGILL',
    ],
    [
      'computes nonsense',
      'module.exports = { info() {}, captureLayer: () => ({ lse: () => ({ promise: Promise.resolve() }) }) };',
      'BACKEND_LOST',
      'log-sum-exp',
    ],
    ['never answers', 'module.exports = { info() { for (;;); } };', 'BACKEND_LOST', 'did not answer'],
  ])('says what an addon does that %s', async (name, source, code, message) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.cjs`);
    writeFileSync(path, source);
    const cacheFolder = join(folder, 'bad');
    const timeoutMs = name === 'never answers' ? 500 : 20_000;
    await expect(probeAddon(path, { cacheFolder, timeoutMs })).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(existsSync(cacheFolder)).toBe(false);
  });
});
