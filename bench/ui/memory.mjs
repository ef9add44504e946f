// Memory of the interface after a session on 128K tokens and 1,024 heads: a script of what a user does, over and over, then a count.
import { readFileSync } from 'node:fs';
import { openHead, openPage, openRun, untilMeasured } from './browser.mjs';

export const SESSION_SECONDS = 300;
const LAYERS = 32;
const HEADS = 32;
const MB = 1e6;

const random = (seed) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};

/** One round of the session; every step is one a user's hand makes. */
const STEPS = [
  async function head({ page, next }) {
    await openHead(page, Math.floor(next() * LAYERS), Math.floor(next() * HEADS));
    await page.waitForTimeout(600);
  },
  async function zoom({ page, next, box }) {
    await page.mouse.move(box.x + box.width * (0.1 + 0.3 * next()), box.y + box.height * (0.6 + 0.3 * next()));
    for (let notch = 0; notch < 24; notch += 1) {
      await page.mouse.wheel(0, notch < 16 ? -120 : 120);
      await page.waitForTimeout(40);
    }
  },
  async function pan({ page, next, box }) {
    for (let stroke = 0; stroke < 3; stroke += 1) {
      await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.6);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * next(), box.y + box.height * next(), { steps: 20 });
      await page.mouse.up();
    }
    await page.waitForTimeout(500);
  },
  async function masks({ page }) {
    for (const name of ['Dim', 'Missed', 'Split', 'Outline']) {
      await page.getByRole('radio', { name, exact: true }).click();
      await page.waitForTimeout(250);
    }
  },
  async function budgets({ page, next }) {
    await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    for (const name of ['Slash diagonals', 'Vertical columns']) {
      const track = await page.getByRole('slider', { name, exact: true }).boundingBox();
      const y = track.y + track.height / 2;
      await page.mouse.move(track.x + track.width * 0.5, y);
      await page.mouse.down();
      await page.mouse.move(track.x + track.width * next(), y, { steps: 30 });
      await page.mouse.up();
    }
    await page.keyboard.press('Enter');
  },
  async function heads({ page }) {
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press(']');
      await page.waitForTimeout(400);
    }
  },
  async function atlas({ page }) {
    await page.getByRole('tab', { name: 'Atlas' }).click();
    await page.getByRole('radio', { name: 'Thumbnails' }).click();
    await page.locator('.atlas-scroller').hover();
    for (let notch = 0; notch < 10; notch += 1) {
      await page.mouse.wheel(0, 300);
      await page.waitForTimeout(80);
    }
    await page.getByRole('radio', { name: 'Cells' }).click();
  },
  async function compare({ page }) {
    await page.getByRole('tab', { name: 'Compare' }).click();
    const start = page.getByRole('button', { name: 'Run the prefill with this config' });
    if (await start.isVisible()) await start.click();
    await page.waitForTimeout(400);
  },
];

/** Resident kilobytes of a process, where the system tells. */
function resident(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const of = (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
    return { all: of('VmRSS'), own: of('RssAnon') };
  } catch {
    return null;
  }
}

async function counted(opened) {
  const { page, session } = opened;
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize, backingStorageSize = 0 } = await session.send('Runtime.getHeapUsage');
  const { tileBytes, textureBytes } = await page.evaluate(() => window.__headscopeCounters);
  const memory = resident(await opened.rendererPid());
  return {
    heap: (usedSize + backingStorageSize) / MB,
    tiles: tileBytes / MB,
    textures: textureBytes / MB,
    rss: memory && (memory.all * 1024) / MB,
    own: memory && (memory.own * 1024) / MB,
  };
}

export async function benchMemory({ url, run, figures, seconds }) {
  const opened = await openPage(url);
  const { page } = opened;
  try {
    await openRun(page, run);
    await untilMeasured(page);
    await openHead(page, 0, 0);
    const box = await page.locator('.map-picture').boundingBox();
    const context = { page, box, next: random(20261121) };
    const begin = performance.now();
    let rounds = 0;
    let middle = null;
    while (performance.now() - begin < seconds * 1000) {
      for (const step of STEPS) {
        await step(context);
        if (performance.now() - begin >= seconds * 1000) break;
      }
      rounds += 1;
      if (!middle && performance.now() - begin > seconds * 500) middle = await counted(opened);
    }
    await openHead(page, 0, 0);
    const end = await counted(opened);
    figures.heading(`memory after ${seconds} s of a session, 128K tokens, 1,024 heads; ${rounds} rounds of ${STEPS.length} steps`);
    if (end.rss !== null) figures.atMost('resident set of the page’s process', end.rss, 600, 'MB');
    if (end.own !== null) figures.note('of it not shared with files', end.own, 'MB');
    figures.note('JavaScript heap and array buffers after a collection', end.heap, 'MB');
    figures.note('tiles kept; textures (in the graphics process)', `${end.tiles.toFixed(0)}; ${end.textures.toFixed(0)}`, 'MB');
    if (middle?.rss) figures.note('resident at half time', middle.rss, 'MB');
  } finally {
    await opened.close();
  }
  return opened.problems;
}
