// Chromium without a screen and with software graphics: the same on every machine.
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const SIZE = { width: 1440, height: 900 };
const EXECUTABLES = [process.env.HEADSCOPE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** What Chromium does by itself where there is no graphics processor: it paints pages by its own means, and WebGL alone is SwiftShader's.
 * `driver` makes SwiftShader stand in for a graphics processor: it then also paints the page and puts the window together, pixel by pixel. */
const SOFTWARE = {
  fallback: ['--use-gl=angle', '--use-angle=swiftshader-webgl'],
  driver: ['--use-gl=angle', '--use-angle=swiftshader'],
};
/** HEADSCOPE_BENCH_GRAPHICS: fallback (the default) or driver. */
export const graphicsMode = () => (process.env.HEADSCOPE_BENCH_GRAPHICS === 'driver' ? 'driver' : 'fallback');

export const chromiumPath = () => EXECUTABLES.find((path) => path && existsSync(path)) ?? null;

/** A fresh profile with the page at `url`. Exceptions of the page end up in `problems`. */
export async function openPage(url) {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      ...SOFTWARE[graphicsMode()],
      '--enable-unsafe-swiftshader',
      '--enable-precise-memory-info',
      '--js-flags=--expose-gc',
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ],
  });
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.setDefaultTimeout(120_000);
  const devtools = await browser.newBrowserCDPSession();
  const session = await context.newCDPSession(page);
  if (url) await page.goto(url);
  return {
    page,
    problems,
    devtools,
    session,
    /** CPU milliseconds so far of the graphics process: with software graphics all its drawing. */
    async graphicsMs() {
      const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
      return 1000 * processInfo.filter(({ type }) => type === 'GPU').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    },
    async rendererPid() {
      const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
      const renderers = processInfo.filter(({ type }) => type === 'renderer').sort((a, b) => b.cpuTime - a.cpuTime);
      return renderers[0]?.id;
    },
    close: () => browser.close(),
  };
}

/** Opens a run that the start screen, or the library, offers by name; resolves when its atlas is there. */
export async function openRun(page, name) {
  await page
    .getByRole('button', { name: new RegExp(name) })
    .first()
    .click();
  await page.getByRole('grid', { name: 'Heads by layer' }).waitFor();
}

/** Every head of the atlas has its numbers. */
export async function untilMeasured(page) {
  await page.waitForFunction(() => {
    const cells = [...document.querySelectorAll('[role="gridcell"]')];
    return cells.length > 0 && cells.every(({ ariaLabel }) => / recall /.test(ariaLabel ?? ''));
  });
}

/** Tiles on screen are all there, and nothing has been drawn for half a second. */
export async function untilStill(page) {
  await page.waitForFunction(() => {
    const counters = window.__headscopeCounters;
    const last = counters?.frameAt.at(-1);
    return last !== undefined && counters.tilesReady === counters.tilesWanted && performance.now() - last > 500;
  });
}

export async function openHead(page, layer, head) {
  await page.getByRole('tab', { name: 'Atlas' }).click();
  await page.getByRole('gridcell', { name: new RegExp(`^Layer ${layer} head ${head},`) }).dblclick();
  await page.getByRole('application', { name: new RegExp(`^Attention map, L${layer} H${head}\\.`) }).waitFor();
}
