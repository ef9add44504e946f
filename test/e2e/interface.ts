// The interface by its accessible names, in the words of a scenario.
import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from 'playwright-core';
import { PNG } from 'pngjs';

/** The bundled model's heads. */
export const LAYERS = 4;
export const HEADS = 8;

export type Area = 'Atlas' | 'Map' | 'Compare' | 'Config';

/** By the palette, as a user who knows its name would. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Command palette' });
  await palette.getByRole('combobox').fill(title);
  await palette.getByRole('option', { name: title }).first().click();
}

export async function showArea(page: Page, area: Area): Promise<void> {
  await page.getByRole('tab', { name: area }).click();
}

/** By the button that names the theme it changes to; without transitions, so that no colour is on its way. */
export async function showTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const change = page.getByRole('button', { name: theme === 'dark' ? 'Dark theme' : 'Light theme' });
  if (await change.isVisible()) await change.click();
  await page.locator(`html[data-theme="${theme}"]`).waitFor();
}

export function cell(page: Page, layer: number, head: number): Locator {
  return page.getByRole('gridcell', { name: new RegExp(`^Layer ${layer} head ${head},`) });
}

export const measuredCells = (page: Page) => page.getByRole('gridcell', { name: /^Layer \d+ head \d+, .* recall / });

/** Those whose numbers belong to a pattern that the config no longer has. */
export const staleCells = (page: Page) => page.getByRole('gridcell', { name: /^Layer \d+ head \d+, .* stale/ });

/** A run is open: its atlas is there, measured or not. */
export async function untilOpen(page: Page): Promise<void> {
  await page.getByRole('grid', { name: 'Heads by layer' }).waitFor({ timeout: 60_000 });
}

/** The atlas is there and every head has its numbers under the config. */
export async function untilMeasured(page: Page): Promise<void> {
  await untilOpen(page);
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('[role="gridcell"]')].filter((element) => / recall /.test(element.ariaLabel ?? '')).length >= wanted,
    LAYERS * HEADS,
    { timeout: 150_000 },
  );
}

/** Opens the map of a head from the atlas. */
export async function openHead(page: Page, layer: number, head: number): Promise<void> {
  await showArea(page, 'Atlas');
  await cell(page, layer, head).click();
  await map(page, layer, head).waitFor();
}

export function map(page: Page, layer: number, head: number): Locator {
  return page.getByRole('application', { name: new RegExp(`^Attention map, L${layer} H${head}\\.`) });
}

/** One of the four numbers over the budgets; null while it is not known. */
export async function metric(page: Page, label: 'Recall' | 'Missed' | 'Tiles kept' | 'Nominal'): Promise<number | null> {
  const block = page.locator('dl[aria-label="Numbers of this budget"] > div').filter({ has: page.locator('dt', { hasText: label }) });
  const value = Number.parseFloat((await block.locator('dd.value').innerText()).replaceAll(',', ''));
  return Number.isNaN(value) ? null : value;
}

/** The pattern and budgets in the inspector, in the words of a config file. */
export interface Budget {
  kind: string;
  [budget: string]: string | number;
}

const BUDGETS: Readonly<Record<string, { kind: string; axes: Readonly<Record<string, string>> }>> = {
  'A-shape': { kind: 'a_shape', axes: { sink: 'Sink columns', window: 'Local window' } },
  'Vertical-Slash': { kind: 'vertical_slash', axes: { verticals: 'Vertical columns', slashes: 'Slash diagonals' } },
  'Block-Sparse': { kind: 'block_sparse', axes: { blocks: 'Key blocks per row' } },
  Dense: { kind: 'dense', axes: {} },
};

export async function shownBudget(page: Page): Promise<Budget> {
  const name = await page.getByRole('radiogroup', { name: 'Pattern' }).getByRole('radio', { checked: true }).getAttribute('aria-label');
  const { kind, axes } = BUDGETS[name ?? ''] ?? { kind: 'unknown', axes: {} };
  const values = await Promise.all(Object.entries(axes).map(async ([budget, label]) => [budget, await sliderValue(page, label)] as const));
  return { kind, ...Object.fromEntries(values) };
}

/** 'max 64×64': how many tokens a pixel stands for, as the status bar says it. */
export async function footprint(page: Page): Promise<string> {
  const status = await page.locator('[data-region="status"]').innerText();
  return /1 (?:px|token) = \S+/.exec(status)?.[0] ?? '';
}

/** Rows of the rail's jobs whose title says so, with the word for their state. */
export function job(page: Page, title: RegExp): Locator {
  return page.getByRole('region', { name: 'Jobs' }).getByRole('listitem').filter({ hasText: title });
}

/** Drops a file of this machine on the window, as the system does. */
export async function dropFile(page: Page, path: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const { innerWidth, innerHeight } = await page.evaluate(() => ({ innerWidth: window.innerWidth, innerHeight: window.innerHeight }));
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: innerWidth / 2, y: innerHeight / 2, data });
  }
  await devtools.detach();
}

export function slider(page: Page, name: string): Locator {
  return page.getByRole('slider', { name, exact: true });
}

export async function sliderValue(page: Page, name: string): Promise<number> {
  return Number(await slider(page, name).getAttribute('aria-valuenow'));
}

/** Drags a budget to a place along its track, 0 to 1, in steps, as a hand does. */
export async function dragBudget(page: Page, name: string, to: number): Promise<void> {
  const box = await slider(page, name).boundingBox();
  if (!box) throw new Error(`the budget ${name} is not on screen`);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * to, y, { steps: 12 });
  await page.mouse.up();
  // The numbers follow in the next frame.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}

/** A run that the host's library offers: the start screen lists them once no run is open. */
export async function openFromLibrary(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Close run');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Close/ })
    .click();
  await page.getByRole('button', { name: new RegExp(name) }).click();
}

/** How many colours an element shows: a blank picture has one or two. */
export async function coloursOf(element: Locator): Promise<number> {
  const picture = PNG.sync.read(await element.screenshot());
  const seen = new Set<number>();
  for (let at = 0; at < picture.data.length; at += 4) seen.add(picture.data.readUInt32BE(at));
  return seen.size;
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
/** The rules that a theme can break; the others read the same elements in both. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

export interface AxeRequest {
  /** Selector of the part to look at; absent: the whole page. */
  within?: string;
  /** Only what depends on the theme. */
  coloursOnly?: boolean;
}

/** What axe finds: rule, and the elements. */
export async function axeViolations(page: Page, { within, coloursOnly = false }: AxeRequest = {}): Promise<string[]> {
  // Legacy mode runs in the page alone; the other one opens a blank page, which a desktop window does not allow.
  const builder = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode(true);
  if (coloursOnly) builder.withRules(COLOUR_RULES);
  else builder.withTags(RULES);
  if (within !== undefined) builder.include(within);
  const { violations } = await builder.analyze();
  return violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map(({ target }) => target.join(' ')).join('; ')}`);
}
