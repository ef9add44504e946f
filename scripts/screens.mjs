// The screens of the interface, in the order in which a session reaches them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADS = 32;

export async function command(page, title) {
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill(title);
  await palette.getByRole('option', { name: title }).first().click();
}

/** Every head of the bundled model has its numbers. */
export async function measured(page) {
  await page.waitForFunction(
    (heads) =>
      [...document.querySelectorAll('[role=gridcell]')].filter(({ ariaLabel }) => / recall /.test(ariaLabel ?? '')).length >= heads,
    HEADS,
    { timeout: 150_000 },
  );
}

const tab = (page, name) => page.getByRole('tab', { name, exact: true }).click();
const pressEscape = (page) => page.keyboard.press('Escape');
const map = (page) => page.getByRole('application', { name: /^Attention map/ });

/** The head of the README's picture: one block a section of the prompt. */
async function openHead(page, layer = 1, head = 2) {
  await tab(page, 'Atlas');
  await page.getByRole('radio', { name: 'Layer × head' }).click();
  await page.getByRole('gridcell', { name: new RegExp(`^Layer ${layer} head ${head},`) }).click();
  await map(page).waitFor();
}

/** What lies over the work area of a slim window. */
const toggle = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** An edit that was not exported, and the page as after a crash: it comes back with the run. */
async function comeBack(page) {
  await map(page).focus();
  await page.keyboard.press('b');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('headscope.drafts.')));
  await page.reload();
  await page.getByText('Edits restored.').waitFor({ timeout: 60_000 });
  await measured(page);
}

async function choose(page, path) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), command(page, 'Open a config or prompt')]);
  await chooser.setFiles(path);
}

export async function closeRun(page) {
  await command(page, 'Close run');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Close/ })
    .click();
}

/** In the words of take-screens.mjs. `folder`: what is served beside the bundled model; `server`: the engine behind the page. */
export const screens = (folder, server) => [
  { name: 'atlas', show: (page) => tab(page, 'Atlas') },
  {
    name: 'atlas-hover',
    floating: true,
    show: (page) => page.getByRole('gridcell', { name: /^Layer 2 head 3,/ }).hover(),
    leave: (page) => page.mouse.move(0, 0),
  },
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
    name: 'map-searched',
    only: 'wide',
    show: async (page) => {
      await command(page, 'Search selected heads again');
      await page
        .getByRole('row', { name: /score .*(Enter applies|in the config)/ })
        .first()
        .waitFor({ state: 'attached', timeout: 60_000 });
    },
  },
  {
    name: 'map-split',
    show: (page) => page.getByRole('radio', { name: 'Split' }).click(),
    leave: (page) => page.getByRole('radio', { name: 'Outline' }).click(),
  },
  {
    name: 'map-missed',
    show: (page) => page.getByRole('radio', { name: 'Missed', exact: true }).click(),
    leave: (page) => page.getByRole('radio', { name: 'Outline' }).click(),
  },
  {
    name: 'map-zoomed',
    show: async (page) => {
      const box = await map(page).boundingBox();
      await page.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.6);
      for (let notch = 0; notch < 9; notch++) await page.mouse.wheel(0, -240);
    },
    leave: (page) => command(page, 'Fit the whole map'),
  },
  { name: 'inspector', only: 'slim', show: (page) => toggle(page, 'Inspector'), leave: (page) => toggle(page, 'Inspector') },
  { name: 'library', only: 'slim', show: (page) => toggle(page, 'Library'), leave: (page) => toggle(page, 'Library') },
  {
    name: 'map-budget',
    show: async (page) => {
      const slider = page.getByRole('slider', { name: 'Slash diagonals', exact: true });
      if (!(await slider.isVisible())) return;
      await slider.focus();
      for (let step = 0; step < 3; step++) await page.keyboard.press('PageDown');
    },
    leave: pressEscape,
  },
  {
    name: 'search-stopped',
    only: 'wide',
    show: async (page) => {
      await command(page, 'Search the whole model again');
      await page.getByRole('button', { name: 'Cancel search', exact: true }).click();
    },
  },
  { name: 'compare', show: (page) => tab(page, 'Compare') },
  {
    name: 'compared',
    show: async (page) => {
      await page.getByRole('button', { name: 'Run the prefill with this config' }).click();
      await page.getByRole('region', { name: 'Time per layer' }).waitFor({ timeout: 90_000 });
    },
  },
  { name: 'config', show: (page) => tab(page, 'Config') },
  {
    name: 'config-export',
    floating: true,
    show: (page) => page.getByRole('button', { name: 'Export', exact: true }).click(),
    leave: pressEscape,
  },
  {
    name: 'refused',
    floating: true,
    show: (page) => {
      const path = join(folder, 'other-model.json');
      const layer = Object.fromEntries([0, 1, 2, 3].map((head) => [head, ['vertical_and_slash', 100, 800, 1]]));
      writeFileSync(path, JSON.stringify([layer, layer]));
      return choose(page, path);
    },
    leave: pressEscape,
  },
  { name: 'palette', floating: true, show: (page) => page.keyboard.press('Control+k'), leave: pressEscape },
  {
    name: 'palette-heads',
    floating: true,
    show: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('@L2');
    },
    leave: pressEscape,
  },
  { name: 'keys', floating: true, show: (page) => command(page, 'Keyboard shortcuts'), leave: pressEscape },
  { name: 'new-run', floating: true, show: (page) => command(page, 'New run'), leave: pressEscape },
  {
    name: 'not-computed',
    show: async (page) => {
      await closeRun(page);
      await page.getByRole('button', { name: 'one-layer', exact: true }).click();
      await page.getByRole('grid', { name: 'Heads by layer' }).waitFor();
    },
  },
  {
    name: 'start',
    show: closeRun,
    leave: async (page) => {
      await page.getByRole('button', { name: 'Open the example' }).click();
      await tab(page, 'Atlas');
      await measured(page);
      await openHead(page);
    },
  },
  { name: 'restored', show: comeBack },
  {
    name: 'engine-slow',
    busy: true,
    show: async (page) => {
      server.halt();
      await openHead(page, 2, 5);
      await page.waitForTimeout(1_500);
    },
  },
  {
    name: 'engine-silent',
    busy: true,
    show: (page) => page.getByRole('alert').filter({ hasText: 'has not answered' }).waitFor(),
    leave: () => server.goOn(),
  },
  {
    name: 'engine-lost',
    busy: true,
    show: async (page) => {
      await command(page, 'Search the whole model again');
      // Narrow windows count their jobs on the rail.
      await page
        .getByRole('button', { name: 'Cancel search', exact: true })
        .or(page.getByRole('button', { name: /^Jobs, \d+ running/ }))
        .first()
        .waitFor();
      await server.end();
      await page.getByRole('alert').filter({ hasText: 'Engine lost' }).waitFor();
    },
  },
  {
    name: 'engine-back',
    show: async (page) => {
      await server.startAgain();
      await page.getByRole('button', { name: 'Connect now' }).click();
      await page.getByRole('alert').filter({ hasText: 'without the run' }).waitFor();
    },
  },
  {
    name: 'start-lost',
    busy: true,
    show: async (page) => {
      await closeRun(page);
      await server.end();
      await page.getByRole('alert').filter({ hasText: 'Engine lost' }).waitFor();
    },
  },
];
