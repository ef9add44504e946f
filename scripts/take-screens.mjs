// Screens of the interface as pictures, each in both themes.
import { join } from 'node:path';

export const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
  { width: 700, height: 500 },
];
/** From here on the inspector shows its candidates unfolded; below the other it lies over the work area. */
const WIDE = 1181;
const SLIM = 1024;
const THEMES = ['light', 'dark'];

/** No job that could be cancelled, no tile or thumbnail that is missing. */
const still = (page) =>
  page.waitForFunction(() => {
    const facts = [...document.querySelectorAll('[data-region="status"] > span')].map(({ textContent }) => textContent);
    const tiles = facts.map((fact) => /^(\d+) of (\d+) tiles$/.exec(fact)).find(Boolean);
    const busy = document.querySelector('[aria-label="Jobs"] [aria-label^="Cancel"]');
    const loading = document.querySelector('[aria-busy="true"]');
    return !busy && !loading && (!tiles || tiles[1] === tiles[2]);
  });

/** Until nothing is under way any more, and the last change is drawn. */
async function settled(page) {
  await still(page);
  await page.waitForTimeout(400);
  await still(page);
}

async function setTheme(page, theme) {
  const change = page.getByRole('button', { name: theme === 'dark' ? 'Dark theme' : 'Light theme' });
  if (await change.isVisible()) await change.click();
  await page.locator(`html[data-theme=${theme}]`).waitFor();
}

/**
 * Takes the screens whose names contain one of `words` (none: all) into `folder`; the others are gone through, for a screen stands on the
 * one before it. Returns how many pictures were taken and how many screens failed; a failure is told, with a picture of what was there.
 *
 * A screen: `show` brings it about and `leave` takes it away again. `floating`: a dialog or menu, shown anew in each theme because the
 * button that changes it lies below. `only`: 'wide' where narrow windows fold it, 'slim' where larger ones have room. `busy`: the engine
 * does not answer, so that nothing comes to rest.
 */
export async function takeScreens(page, size, screens, folder, words = []) {
  let taken = 0;
  let failed = 0;
  const file = (name, mark) => join(folder, `${name}-${mark}-${size.width}x${size.height}.png`);
  for (const { name, show, leave, floating, busy, only } of screens) {
    if ((only === 'wide' && size.width < WIDE) || (only === 'slim' && size.width >= SLIM)) continue;
    const themes = words.length === 0 || words.some((word) => name.includes(word)) ? THEMES : [];
    try {
      if (!floating) await show(page);
      for (const theme of themes) {
        await setTheme(page, theme);
        if (floating) await show(page);
        if (!busy) await settled(page);
        await page.screenshot({ path: file(name, theme) });
        taken += 1;
        if (floating) await leave(page);
      }
      if (!floating) await leave?.(page);
    } catch (error) {
      failed += 1;
      const why = error instanceof Error ? error.message.split('\n').slice(0, 4).join(' ') : String(error);
      process.stderr.write(`screenshots: ${name} at ${size.width}x${size.height}: ${why}\n`);
      await page.screenshot({ path: file(name, 'failed') });
      await page.keyboard.press('Escape');
    }
  }
  return { taken, failed };
}
