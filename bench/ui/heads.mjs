// A head is opened on the real engine: from the click to its overview and to the first tile of the level that suits the view.
import { openPage, untilMeasured, untilStill } from './browser.mjs';
import { SAVED_RUN } from './hosts.mjs';
import { median, quantile } from './trace.mjs';

/** The demo model's. */
const LAYERS = 4;
const HEADS = 8;
const PATIENCE_MS = 10_000;

/** Milliseconds from the newest click or key to the first picture of the head it chose, and to its first sharp tile. */
const seen = (page, patience) =>
  page.evaluate(
    (limit) =>
      new Promise((resolve) => {
        const begin = performance.now();
        const look = () => {
          const { shownAt = 0, sharpAt = null } = window.__headscopeCounters ?? {};
          const { at } = window.__benchInput;
          if (shownAt > at && sharpAt !== null) resolve({ shown: shownAt - at, sharp: sharpAt - at });
          else if (performance.now() - begin > limit) resolve({ shown: limit, sharp: limit });
          else setTimeout(look, 10);
        };
        look();
      }),
    patience,
  );

async function noteInput(page) {
  await page.evaluate(() => {
    window.__benchInput = { at: 0 };
    for (const type of ['pointerup', 'keydown'])
      window.addEventListener(type, ({ timeStamp }) => Object.assign(window.__benchInput, { at: timeStamp }), true);
  });
}

/** Opens the saved run of SAVED_RUN and waits for its numbers: nothing else is under way then. */
export async function openSavedRun(page) {
  await page.getByRole('grid', { name: 'Heads by layer' }).waitFor();
  await untilMeasured(page);
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill('Close run');
  await palette.getByRole('option', { name: 'Close run' }).first().click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Close/ })
    .click();
  await page
    .getByRole('button', { name: new RegExp(SAVED_RUN) })
    .first()
    .click();
  await page.getByRole('grid', { name: 'Heads by layer' }).waitFor();
  await untilMeasured(page);
}

export async function benchHeads({ url, figures }) {
  const opened = await openPage(url);
  const { page } = opened;
  try {
    await openSavedRun(page);
    await noteInput(page);
    const tiles = [];
    for (let layer = 0; layer < LAYERS; layer += 1) {
      for (const head of [1, 5]) {
        await page.getByRole('tab', { name: 'Atlas' }).click();
        const cell = page.getByRole('gridcell', { name: new RegExp(`^Layer ${layer} head ${head},`) });
        await cell.click();
        tiles.push(await seen(page, PATIENCE_MS));
        await untilStill(page);
      }
    }
    figures.heading(`a head of ${LAYERS * HEADS} on the CPU engine, 8K tokens; ${tiles.length} heads, each for the first time`);
    figures.atMost('from the click to the first sharp tile, median', median(tiles.map(({ sharp }) => sharp)), 150, 'ms');
    figures.note('worst', Math.max(...tiles.map(({ sharp }) => sharp)), 'ms');
    figures.note('to the overview, median', median(tiles.map(({ shown }) => shown)), 'ms');
    const switches = [];
    for (let step = 0; step < HEADS; step += 1) {
      await page.keyboard.press(']');
      switches.push(await seen(page, PATIENCE_MS));
      await untilStill(page);
      await page.waitForTimeout(300);
    }
    figures.atMost('from the key to the next head’s overview, median', median(switches.map(({ shown }) => shown)), 100, 'ms');
    figures.note(
      'p90',
      quantile(
        switches.map(({ shown }) => shown),
        0.9,
      ),
      'ms',
    );
  } finally {
    await opened.close();
  }
  return opened.problems;
}
