// The packaged application: made by electron-builder from the tests' Electron, started, and its engine ready.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { DevtoolsPage } from './devtools_page.ts';
import { electronFolder, root, titled, whyNotPackaged } from './requirements.ts';

const why = whyNotPackaged();
const unpacked = join(root, 'build', 'package', 'dist', 'linux-unpacked');

describe.skipIf(why !== null)(titled('the packaged application', why), () => {
  it('is made: a folder and an archive, without sources, maps or a stray application', () => {
    const command = [join(root, 'scripts', 'package.mjs'), '--electron', electronFolder() ?? ''];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const archive = join(root, 'build', 'package', `headscope-${version}-linux-x64.tar.gz`);
    const listed = spawnSync('tar', ['-tzf', archive], { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout.split('\n');
    expect(listed).toContain(`headscope-${version}-linux-x64/headscope`);
    expect(listed).toContain(`headscope-${version}-linux-x64/resources/engine/headscope.node`);
    expect(listed).toContain(`headscope-${version}-linux-x64/resources/assets/demo-model/model.safetensors`);
    for (const text of ['LICENSE', 'interface.md', 'engine.md', 'tokenizer.md', 'Inter.txt'])
      expect(listed).toContain(`headscope-${version}-linux-x64/resources/licences/${text}`);
    expect(listed.filter((name) => /\.(map|ts|tsx)$|default_app/.test(name))).toEqual([]);
    expect(existsSync(join(unpacked, 'resources', 'app.asar'))).toBe(true);
  });

  it('starts, shows the interface and gets its engine ready', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'headscope-packaged-'));
    const root_ = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn(join(unpacked, 'headscope'), [...root_, '--remote-debugging-port=0', `--user-data-dir=${profile}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const page = await DevtoolsPage.find(await debuggerPort(child.stderr), 'app://headscope/');
      const phase = () => page.evaluate('window.headscope?.engineStatus().then(({ phase }) => phase)').catch(() => null);
      await expect.poll(phase, { timeout: 60_000 }).toBe('ready');
      await expect.poll(() => page.evaluate('document.querySelectorAll("[role=gridcell]").length'), { timeout: 60_000 }).toBeGreaterThan(0);
      page.close();
    } finally {
      child.kill();
      await once(child, 'exit');
      rmSync(profile, { recursive: true, force: true });
    }
  });
});

async function debuggerPort(stderr: NodeJS.ReadableStream): Promise<number> {
  for await (const line of createInterface({ input: stderr })) {
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(line)?.[1];
    if (port) {
      stderr.resume();
      return Number(port);
    }
  }
  throw new Error('the application ended before its debugger listened');
}
