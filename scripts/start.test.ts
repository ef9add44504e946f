// `npm start` on a machine without a screen: why there is no window, where the interface is, and one Ctrl+C to stop it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { whyNotThisNode } from './build-stale.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Started as from a pipe: nothing to open a window on. Resolves with the address and what was printed before it. */
function startWithoutScreen(...given: string[]): Promise<{ child: ChildProcess; url: string; said: string[] }> {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...env } = process.env;
  const child = spawn(process.execPath, [join(root, 'scripts', 'start.mjs'), ...given], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^Headscope is at (http:\S+)$/.exec(line)?.[1];
      if (url) resolve({ child, url, said });
      said.push(line);
    });
    child.once('exit', (status) => reject(new Error(`it ended with status ${status} after: ${said.join(' / ')}`)));
  });
}

describe('npm start without a screen', () => {
  it('serves the interface and says why; Ctrl+C, which npm repeats, ends it cleanly', async () => {
    const { child, url, said } = await startWithoutScreen('--port', '0');
    expect(said.join(' ')).toMatch(/needs a screen.*neither DISPLAY nor WAYLAND_DISPLAY is set.*served to a browser instead/);
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<title>Headscope');
    const ended = new Promise((resolve) => child.once('exit', (status, signal) => resolve({ status, signal })));
    child.kill('SIGINT');
    child.kill('SIGINT');
    expect(await ended).toEqual({ status: 0, signal: null });
  });

  it('goes to the next free port where 4173 is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.once('error', () => resolve());
      taken.listen(4173, '127.0.0.1', () => resolve());
    });
    try {
      const { url } = await startWithoutScreen();
      expect(Number(new URL(url).port)).toBeGreaterThan(4173);
    } finally {
      taken.close();
    }
  });
});

it('says which Node is needed', () => {
  expect(whyNotThisNode(root)).toBeNull();
  expect(whyNotThisNode(root, '20.18.3')).toMatch(/needs Node.js 20\.19 or newer; this is 20\.18\.3/);
  expect(whyNotThisNode(root, '18.20.0')).toMatch(/needs Node.js/);
  expect(whyNotThisNode(root, '22.1.0')).toBeNull();
});
