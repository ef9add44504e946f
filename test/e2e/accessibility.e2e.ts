// Every screen and every dialog under axe, in both themes and in the widest and the narrowest layout.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepFailurePictures } from './failure_pictures.ts';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { type Area, axeViolations, HEADS, LAYERS, openHead, runCommand, showArea, untilMeasured } from './interface.ts';
import { launchServed } from './launch_served.ts';
import { copyProgram, type ProgramCopy } from './program_copy.ts';
import { titled, whyNotServed } from './requirements.ts';
import type { Workbench } from './workbench.ts';

const AREAS: readonly Area[] = ['Atlas', 'Map', 'Compare', 'Config'];

/** A config in MInference's format. */
const configText = (layers: number, heads: number, slashes: number) =>
  JSON.stringify(
    Array.from({ length: layers }, () =>
      Object.fromEntries(Array.from({ length: heads }, (_, head) => [String(head), ['vertical_and_slash', 100, slashes, 1]])),
    ),
  );

interface Screen {
  name: string;
  show: (page: Page, bench: Workbench, folder: string) => Promise<void>;
}

const openConfig = async (page: Page, bench: Workbench, path: string, text: string) => {
  await writeFile(path, text);
  await bench.opening(path, () => runCommand(page, 'Open a config or prompt'));
};

/** Each is left with Escape. */
const DIALOGS: readonly Screen[] = [
  { name: 'Command palette', show: (page) => page.keyboard.press('Control+k') },
  { name: 'Keyboard shortcuts', show: (page) => runCommand(page, 'Keyboard shortcuts') },
  { name: 'New run', show: (page) => runCommand(page, 'New run') },
  { name: 'Close', show: (page) => runCommand(page, 'Close run') },
  {
    name: 'New run',
    show: (page, bench, folder) => openConfig(page, bench, join(folder, 'long.txt'), 'one two three four '.repeat(20_000)),
  },
  {
    name: 'Config not opened',
    show: (page, bench, folder) => openConfig(page, bench, join(folder, 'other-model.json'), configText(80, 64, 100)),
  },
  {
    name: 'Config not opened',
    show: (page, bench, folder) => openConfig(page, bench, join(folder, 'wrong-heads.json'), configText(LAYERS, HEADS, -1)),
  },
  {
    name: 'Rename run',
    show: async (page) => {
      await page
        .getByRole('button', { name: /^Actions of / })
        .first()
        .click();
      await page.getByRole('menuitem', { name: 'Rename' }).click();
    },
  },
];

const why = whyNotServed();
describe.skipIf(why !== null)(titled('axe over the interface', why), () => {
  let fixtures: Fixtures;
  let program: ProgramCopy;
  let bench: Workbench;
  let page: Page;

  beforeAll(async () => {
    fixtures = await makeFixtures();
    program = copyProgram({ shortExample: true });
    bench = await launchServed(fixtures, { program: program.folder });
    page = bench.page;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await untilMeasured(page);
    await openHead(page, 1, 0);
    await runCommand(page, 'Bookmark this place');
  });
  afterAll(async () => {
    await bench?.close();
    program?.remove();
    await fixtures?.remove();
  });

  /** The theme goes by attribute: behind a dialog its button cannot be reached. */
  const findings = async (within?: string): Promise<string> => {
    const found: string[] = [];
    for (const theme of ['light', 'dark']) {
      await page.evaluate((to) => document.documentElement.setAttribute('data-theme', to), theme);
      const request = { coloursOnly: theme === 'dark', ...(within === undefined ? {} : { within }) };
      found.push(...(await axeViolations(page, request)).map((finding) => `${theme}: ${finding}`));
    }
    return found.join('\n');
  };

  // A dialog that a failed step left open must not take the next steps with it.
  afterEach(async () => {
    for (let left = await page.getByRole('dialog').count(); left > 0; left -= 1) await page.keyboard.press('Escape');
  });
  keepFailurePictures('accessibility', () => bench?.page);

  it.each(DIALOGS)('finds nothing in the dialog $name', async ({ name, show }) => {
    await show(page, bench, fixtures.folder);
    const dialog = page.getByRole('dialog', { name });
    await dialog.waitFor();
    // What lies below cannot be reached; it is looked at without the dialog.
    expect(await findings('[role="dialog"]')).toBe('');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  /** What lies over the work area of a small window; whether it does is remembered. */
  const lay = async (name: 'Inspector' | 'Library', over: boolean): Promise<void> => {
    const button = page.getByRole('button', { name, exact: true });
    if ((await button.getAttribute('aria-pressed')) !== String(over)) await button.click();
  };

  it.each(AREAS)('finds nothing in %s of a window of 700x500, alone and with library and inspector over it', async (area) => {
    await page.setViewportSize({ width: 700, height: 500 });
    for (const over of [false, true]) {
      for (const name of ['Inspector', 'Library'] as const) await lay(name, over);
      await showArea(page, area);
      expect(await findings(), over ? 'with both over it' : 'alone').toBe('');
    }
  });

  it('finds nothing in the start screen with what was opened before', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await runCommand(page, 'Close run');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Close/ })
      .click();
    await page.getByRole('table').first().waitFor();
    expect(await findings()).toBe('');
    await page.setViewportSize({ width: 700, height: 500 });
    expect(await findings()).toBe('');
  });

  it('has not complained', () => {
    expect(bench.problems).toEqual([]);
  });
});
