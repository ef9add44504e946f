// Every screen in both themes at three window sizes (build/screenshots), from the served interface in Chromium on the bundled model.
// usage: npm run screenshots [-- [--docs] NAME ...]: only the screens whose names contain one of the words; --docs: the README's
// pictures (docs/pictures) from them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildStale } from './build-stale.mjs';
import { measured, screens } from './screens.mjs';
import { smallPng } from './small-png.mjs';
import { SIZES, takeScreens } from './take-screens.mjs';

/** What the README shows, by screen and theme at the first size; none may be larger, bytes. */
const PICTURES = {
  'map-light': 'map-split-light',
  'map-dark': 'map-split-dark',
  'atlas-light': 'atlas-light',
  'atlas-dark': 'atlas-dark',
};
const MOST_PICTURE_BYTES = 320_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'build', 'screenshots');
const forDocs = process.argv.includes('--docs');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const executablePath = [process.env.HEADSCOPE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);

/** `shape` of float32 numbers that stand for nothing: a capture's look matters here, not what it holds. */
function npy(shape) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, at) => Math.sin(at * 1.7) + Math.cos(at / 97));
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded, 'latin1'), Buffer.from(values.buffer)]);
}

/** A folder with what the bundled model does not have: a capture of one layer of three. */
function offered() {
  const models = mkdtempSync(join(tmpdir(), 'headscope-screens-'));
  const capture = join(models, 'one-layer');
  mkdirSync(capture);
  for (const name of ['q', 'k', 'v']) writeFileSync(join(capture, `layer-02.${name}.npy`), npy([8, 640, 32]));
  return models;
}

/** `headscope serve` at one address, which a screen may halt, end and start again. */
async function startServer(models) {
  let child;
  const launch = async (port) => {
    const program = [join(root, 'out', 'cli', 'main.mjs'), 'serve', '--port', String(port), '--json', '--models', models];
    child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line).url;
    throw new Error('headscope serve ended before it said where it is.');
  };
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  // Also when a screen that never comes ends this process, and when it is halted.
  process.on('exit', () => child.kill('SIGKILL'));
  const url = await launch(0);
  return {
    url,
    halt: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    end,
    startAgain: () => launch(Number(new URL(url).port)),
  };
}

if (!executablePath) {
  process.stderr.write('screenshots: there is no Chromium here; node scripts/require-tools.mjs --e2e says how to get one.\n');
  process.exit(1);
}
if (!(await buildStale(root, { renderer: true }))) process.exit(1);
mkdirSync(folder, { recursive: true });
const models = offered();
const browser = await chromium.launch({
  executablePath,
  // As users see it.
  ignoreDefaultArgs: ['--hide-scrollbars'],
  args: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});
const total = { taken: 0, failed: 0 };
for (const size of SIZES) {
  const server = await startServer(models);
  const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.goto(server.url);
  await measured(page);
  const { taken, failed } = await takeScreens(page, size, screens(models, server), folder, wanted);
  total.taken += taken;
  total.failed += failed;
  await page.close();
  await server.end();
}
await browser.close();
rmSync(models, { recursive: true, force: true });

/** The desktop's own screens, where the tests' Electron is; its environment, null where it is not. */
function desktop() {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const electron = process.env.HEADSCOPE_TEST_ELECTRON || join(cache, 'headscope', 'test-electron');
  return existsSync(join(electron, 'version')) ? { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electron } : null;
}

const env = desktop();
if (env === null) {
  process.stdout.write(
    'The screens of the desktop application were left out: scripts/get-test-electron.sh fetches an Electron for them.\n',
  );
} else if (await buildStale(root, { desktop: true })) {
  const command = [process.execPath, join(root, 'scripts', 'desktop-screens.mjs'), folder, ...wanted];
  const [program, ...rest] = env.DISPLAY ? command : ['xvfb-run', '-a', '-s', '-screen 0 1600x1000x24', ...command];
  if (spawnSync(program, rest, { env, stdio: 'inherit' }).status !== 0) total.failed += 1;
}

for (const [picture, screen] of Object.entries(forDocs ? PICTURES : {})) {
  const source = join(folder, `${screen}-${SIZES[0].width}x${SIZES[0].height}.png`);
  const bytes = smallPng(readFileSync(source));
  writeFileSync(join(root, 'docs', 'pictures', `${picture}.png`), bytes);
  if (bytes.length <= MOST_PICTURE_BYTES) continue;
  total.failed += 1;
  process.stderr.write(
    `screenshots: ${picture}.png has ${bytes.length} bytes; the README's pictures have at most ${MOST_PICTURE_BYTES}.\n`,
  );
}
process.stdout.write(`${total.taken} pictures in ${folder}${total.failed > 0 ? `, ${total.failed} failures` : ''}\n`);
process.exit(total.failed > 0 ? 1 : 0);
