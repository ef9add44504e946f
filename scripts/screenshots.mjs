// Every screen in both themes at two window sizes (build/screenshots), from the served interface in Chromium on the bundled model.
// usage: npm run screenshots [-- [--docs] NAME ...]: only the screens whose names contain one of the words; --docs: the README's
// pictures (docs/pictures) from them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildStale } from './build-stale.mjs';
import { measured, screens } from './screens.mjs';
import { smallPng } from './small-png.mjs';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
];
/** From here on the inspector shows its candidates unfolded. */
const WIDE = 1181;
const THEMES = ['light', 'dark'];
/** What the README shows, by screen and theme at the first size; none may be larger, bytes. */
const PICTURES = {
  'map-light': 'map-searched-light',
  'map-dark': 'map-searched-dark',
  'atlas-light': 'atlas-light',
  'atlas-dark': 'atlas-dark',
};
const MOST_PICTURE_BYTES = 300_000;
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

async function startServer(models) {
  const program = [join(root, 'out', 'cli', 'main.mjs'), 'serve', '--port', '0', '--json', '--models', models];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  // Also when a screen that never comes ends this process.
  process.on('exit', () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) return { child, url: JSON.parse(line).url };
  throw new Error('headscope serve ended before it said where it is.');
}

/** Until nothing is under way any more: no job that could be cancelled, no tile that is missing, and the last change is drawn. */
async function settled(page) {
  await page.waitForFunction(() => {
    const tiles = /(\d+) of (\d+) tiles/.exec(document.querySelector('[data-region="status"]')?.textContent ?? '');
    const busy = document.querySelector('[aria-label="Jobs"] [aria-label^="Cancel"]');
    return !busy && (!tiles || tiles[1] === tiles[2]);
  });
  await page.waitForTimeout(400);
}

async function setTheme(page, theme) {
  const change = page.getByRole('button', { name: theme === 'dark' ? 'Dark theme' : 'Light theme' });
  if (await change.isVisible()) await change.click();
  await page.locator(`html[data-theme=${theme}]`).waitFor();
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
  args: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});
let taken = 0;
let failed = 0;
for (const size of SIZES) {
  const { child, url } = await startServer(models);
  const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce' });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.goto(url);
  await measured(page);
  for (const { name, show, leave, floating, stop, wide } of screens(models)) {
    if (wide && size.width < WIDE) continue;
    const themes = wanted.length === 0 || wanted.some((word) => name.includes(word)) ? THEMES : [];
    try {
      if (stop) {
        child.kill('SIGKILL');
        await page.getByRole('alert').filter({ hasText: 'Engine lost' }).waitFor();
      }
      if (!floating) await show(page);
      for (const theme of themes) {
        await setTheme(page, theme);
        if (floating) await show(page);
        if (!stop) await settled(page);
        await page.screenshot({ path: join(folder, `${name}-${theme}-${size.width}x${size.height}.png`) });
        taken += 1;
        if (floating) await leave(page);
      }
      if (!floating) await leave?.(page);
    } catch (error) {
      failed += 1;
      const why = error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error);
      process.stderr.write(`screenshots: ${name} at ${size.width}x${size.height}: ${why}\n`);
      await page.screenshot({ path: join(folder, `${name}-failed-${size.width}x${size.height}.png`) });
      await page.keyboard.press('Escape');
    }
  }
  await page.close();
  if (child.exitCode === null && child.signalCode === null) {
    child.kill();
    await once(child, 'exit');
  }
}
await browser.close();
rmSync(models, { recursive: true, force: true });
for (const [picture, screen] of Object.entries(forDocs ? PICTURES : {})) {
  const source = join(folder, `${screen}-${SIZES[0].width}x${SIZES[0].height}.png`);
  const bytes = smallPng(readFileSync(source));
  writeFileSync(join(root, 'docs', 'pictures', `${picture}.png`), bytes);
  if (bytes.length <= MOST_PICTURE_BYTES) continue;
  failed += 1;
  process.stderr.write(
    `screenshots: ${picture}.png has ${bytes.length} bytes; the README's pictures have at most ${MOST_PICTURE_BYTES}.\n`,
  );
}
process.stdout.write(`${taken} pictures in ${folder}${failed > 0 ? `, ${failed} failures` : ''}\n`);
process.exit(failed > 0 ? 1 : 0);
