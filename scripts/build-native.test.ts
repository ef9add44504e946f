// The build script on a machine without tools, and twice at once.
import { execFile, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const script = join(dirname(fileURLToPath(import.meta.url)), 'build-native.mjs');

it('names what to install where the build tools are missing', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', env: { PATH: '/nonexistent' } });
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/apt-get install .*g\+\+ cmake make/);
});

it('runs twice at once, and writes nothing to stdout', async () => {
  const run = () => promisify(execFile)(process.execPath, [script], { timeout: 600_000 });
  const [first, second] = await Promise.all([run(), run()]);
  expect([first.stdout, second.stdout]).toEqual(['', '']);
}, 600_000);
