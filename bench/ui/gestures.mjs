// Cached pan and zoom: two seconds of a hand on the map, every tile there before.
import { openHead, openPage, openRun, untilMeasured, untilStill } from './browser.mjs';
import { frameWork, mainThreadTasks, median, quantile, recorded } from './trace.mjs';

const GESTURE_MS = 2000;
/** A mouse reports more often than the screen shows. */
const EVENT_MS = 8;

/** Sends an input event every EVENT_MS without waiting for the page; `event(t)` with t from 0 to 1. */
async function gesture(session, event) {
  const begin = performance.now();
  const sent = [];
  for (;;) {
    const t = (performance.now() - begin) / GESTURE_MS;
    if (t >= 1) break;
    sent.push(session.send('Input.dispatchMouseEvent', event(t)).catch(() => {}));
    await new Promise((resolve) => setTimeout(resolve, EVENT_MS));
  }
  await Promise.all(sent);
}

const mouse = (type, x, y, more = {}) => ({ type, x, y, button: 'left', buttons: 1, ...more });

const GESTURES = {
  /** A circle of a fifth of the picture, twice: whatever the view, tiles come and go. */
  async pan({ session, page, box }) {
    const [cx, cy, r] = [box.x + box.width * 0.45, box.y + box.height * 0.6, box.width * 0.1];
    await page.mouse.move(cx + r, cy);
    await page.mouse.down();
    await gesture(session, (t) => mouse('mouseMoved', cx + r * Math.cos(4 * Math.PI * t), cy + r * Math.sin(4 * Math.PI * t)));
    await page.mouse.up();
  },
  /** In over a second and out over another. */
  async zoom({ session, box }) {
    const at = [box.x + box.width * 0.35, box.y + box.height * 0.7];
    await gesture(session, (t) => mouse('mouseWheel', ...at, { button: 'none', buttons: 0, deltaX: 0, deltaY: t < 0.5 ? -12 : 12 }));
  },
};

async function measured(opened, name) {
  const { page, session, devtools } = opened;
  const box = await page.locator('.map-picture').boundingBox();
  const context = { page, session, box };
  // The first time fetches every tile it passes over; the second is measured.
  await GESTURES[name](context);
  await untilStill(page);
  const graphics = await opened.graphicsMs();
  const events = await recorded(devtools, () => GESTURES[name](context));
  const thread = mainThreadTasks(events);
  // What happens after the hand has stopped is not part of it.
  const first = thread.frames[0] ?? 0;
  const { work, gaps, missed } = frameWork({ ...thread, frames: thread.frames.filter((at) => at - first <= GESTURE_MS) });
  return { work, gaps, missed, frames: work.length, graphicsMs: (await opened.graphicsMs()) - graphics };
}

/** `name` of the run; `figures` take the result in. */
export async function benchGestures({ url, run, label, figures, repeats }) {
  const opened = await openPage(url);
  const { page } = opened;
  try {
    await openRun(page, run);
    await untilMeasured(page);
    await openHead(page, 1, 0);
    await untilStill(page);
    for (const mask of ['Outline', 'Dim']) {
      await page.getByRole('radio', { name: mask, exact: true }).click();
      await untilStill(page);
      for (const depth of ['whole', 'close']) {
        if (depth === 'close') await zoomIn(page);
        for (const name of Object.keys(GESTURES)) {
          const seen = [];
          for (let repeat = 0; repeat < repeats; repeat += 1) seen.push(await measured(opened, name));
          const best = [...seen].sort((a, b) => a.missed - b.missed)[Math.floor(seen.length / 2)];
          figures.heading(
            `${label}: ${name}, mask ${mask.toLowerCase()}, ${depth === 'whole' ? 'whole matrix' : 'some pixels a token'}; median of ${repeats}`,
          );
          figures.atMost(
            'main-thread work a frame, p95',
            quantile(
              best.work.map(({ ms }) => ms),
              0.95,
            ),
            16,
            'ms',
          );
          figures.note('p50', median(best.work.map(({ ms }) => ms)), 'ms');
          figures.note(
            'its CPU time, p50 / p95',
            `${median(best.work.map(({ cpuMs }) => cpuMs)).toFixed(1)} / ${quantile(
              best.work.map(({ cpuMs }) => cpuMs),
              0.95,
            ).toFixed(1)}`,
            'ms',
          );
          figures.atMost('dropped frames in 2 s', best.missed, 0, '');
          figures.note('frames drawn; longest gap', `${best.frames}; ${Math.round(Math.max(...best.gaps))}`, 'ms');
          figures.note('software graphics: CPU of the graphics process a frame', best.graphicsMs / Math.max(1, best.frames), 'ms');
        }
        if (depth === 'close') await page.keyboard.press('0');
      }
    }
  } finally {
    await opened.close();
  }
  return opened.problems;
}

/** About six pixels a token. */
async function zoomIn(page) {
  const zone = page.getByRole('application', { name: /^Attention map/ });
  await zone.focus();
  await page.keyboard.press('1');
  for (let step = 0; step < 2; step += 1) await page.keyboard.press('-');
  await untilStill(page);
}
