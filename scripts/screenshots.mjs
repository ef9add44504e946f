// Every screen in both themes at two window sizes (build/screenshots), from the served interface in Chromium on the bundled model.
// usage: npm run screenshots [-- NAME ...]: only the screens whose names contain one of the words.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { buildStale } from './build-stale.mjs';

const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
];
const THEMES = ['light', 'dark'];
const HEADS = 32;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, 'build', 'screenshots');
const wanted = process.argv.slice(2);
const executablePath = [process.env.HEADSCOPE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);

async function startServer() {
  const child = spawn(process.execPath, [join(root, 'out', 'cli', 'main.mjs'), 'serve', '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) return { child, url: JSON.parse(line).url };
  throw new Error('headscope serve ended before it said where it is.');
}

async function command(page, title) {
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill(title);
  await palette.getByRole('option', { name: title }).first().click();
}

const tab = (page, name) => page.getByRole('tab', { name }).click();
/** Until what was asked of the engine is there. */
const settled = (page, ms = 1_500) => page.waitForTimeout(ms);

async function measured(page) {
  await page.waitForFunction(
    (heads) =>
      [...document.querySelectorAll('[role=gridcell]')].filter(({ ariaLabel }) => / recall /.test(ariaLabel ?? '')).length >= heads,
    HEADS,
    { timeout: 60_000 },
  );
}

async function setTheme(page, theme) {
  const change = page.getByRole('button', { name: theme === 'dark' ? 'Dark theme' : 'Light theme' });
  if (await change.isVisible()) await change.click();
  await page.locator(`html[data-theme=${theme}]`).waitFor();
}

const openHead = async (page) => {
  await tab(page, 'Atlas');
  await page.getByRole('radio', { name: 'Layer × head' }).click();
  await page.getByRole('gridcell', { name: /^Layer 1 head 0,/ }).dblclick();
  await page.getByRole('application', { name: /^Attention map/ }).waitFor();
  await settled(page);
};

/** In the order they are reached; each leaves the window as the next one needs it. */
const SCREENS = [
  { name: 'atlas', show: (page) => tab(page, 'Atlas') },
  {
    name: 'atlas-sorted',
    show: async (page) => {
      await page.getByRole('radio', { name: 'Worst first' }).click();
      await page.getByRole('radio', { name: 'Thumbnails' }).click();
    },
    leave: async (page) => {
      await page.getByRole('radio', { name: 'Cells' }).click();
      await page.getByRole('radio', { name: 'Layer × head' }).click();
    },
  },
  { name: 'map', show: openHead },
  {
    name: 'map-zoomed',
    show: async (page) => {
      const zone = page.getByRole('application', { name: /^Attention map/ });
      const box = await zone.boundingBox();
      await page.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.6);
      for (let notch = 0; notch < 12; notch++) await page.mouse.wheel(0, -240);
    },
    leave: (page) => command(page, 'Fit the whole map'),
  },
  {
    name: 'map-budget',
    show: async (page) => {
      const slider = page.getByRole('slider', { name: 'Slash diagonals', exact: true });
      if (!(await slider.isVisible())) return;
      await slider.focus();
      for (let step = 0; step < 3; step++) await page.keyboard.press('PageDown');
    },
    leave: (page) => page.keyboard.press('Escape'),
  },
  { name: 'compare', show: (page) => tab(page, 'Compare') },
  {
    name: 'compared',
    show: async (page) => {
      await page.getByRole('button', { name: 'Run the prefill with this config' }).click();
      await page.getByRole('region', { name: 'Time per layer' }).waitFor({ timeout: 60_000 });
    },
  },
  { name: 'config', show: (page) => tab(page, 'Config') },
  { name: 'palette', show: (page) => page.keyboard.press('Control+k'), leave: (page) => page.keyboard.press('Escape') },
  { name: 'keys', show: (page) => command(page, 'Keyboard shortcuts'), leave: (page) => page.keyboard.press('Escape') },
  { name: 'new-run', show: (page) => command(page, 'New run'), leave: (page) => page.keyboard.press('Escape') },
  {
    name: 'start',
    show: async (page) => {
      await command(page, 'Close run');
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^Close/ })
        .click();
    },
    leave: async (page) => {
      await page.getByRole('button', { name: 'Open the example' }).click();
      await tab(page, 'Atlas');
      await measured(page);
    },
  },
  { name: 'engine-lost', show: () => {}, last: true },
];

if (!executablePath) {
  process.stderr.write('screenshots: there is no Chromium here; node scripts/require-tools.mjs --e2e says how to get one.\n');
  process.exit(1);
}
if (!(await buildStale(root, { renderer: true }))) process.exit(1);
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath,
  args: ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
});
let taken = 0;
let failed = 0;
for (const size of SIZES) {
  const { child, url } = await startServer();
  const page = await browser.newPage({ viewport: size, reducedMotion: 'reduce' });
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.goto(url);
  await measured(page);
  for (const { name, show, leave, last } of SCREENS) {
    const chosen = wanted.length === 0 || wanted.some((word) => name.includes(word));
    try {
      if (last) {
        child.kill('SIGKILL');
        await settled(page, 3_000);
      }
      await show(page);
      await settled(page);
      for (const theme of chosen ? THEMES : []) {
        if (!(await page.getByRole('dialog').isVisible())) await setTheme(page, theme);
        else await page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), theme);
        await settled(page, 500);
        await page.screenshot({ path: join(folder, `${name}-${theme}-${size.width}x${size.height}.png`) });
        taken += 1;
      }
      await leave?.(page);
    } catch (error) {
      failed += 1;
      process.stderr.write(
        `screenshots: ${name} at ${size.width}x${size.height}: ${error instanceof Error ? error.message.split('\n')[0] : error}\n`,
      );
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
process.stdout.write(`${taken} pictures in ${folder}${failed > 0 ? `, ${failed} screens failed` : ''}\n`);
process.exit(failed > 0 ? 1 : 0);
