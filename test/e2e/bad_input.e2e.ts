// What can go wrong with what a user brings or does, in a browser: each ends in a stated state from which the session goes on.
import { cp, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { keepFailurePictures } from './failure_pictures.ts';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import {
  dragBudget,
  HEADS,
  job,
  LAYERS,
  measuredCells,
  openFromLibrary,
  openHead,
  runCommand,
  showArea,
  sliderValue,
  staleCells,
  untilMeasured,
} from './interface.ts';
import { launchServed } from './launch_served.ts';
import { copyProgram, type ProgramCopy } from './program_copy.ts';
import { root, titled, whyNotServed } from './requirements.ts';
import { ACTION_TIMEOUT_MS, collectProblems, type Workbench } from './workbench.ts';

async function cancelJob(row: Locator): Promise<void> {
  await row.getByRole('button', { name: /^Cancel / }).click();
  await row.getByText('cancelled', { exact: true }).waitFor();
}

async function removeJob(row: Locator): Promise<void> {
  await row.getByRole('button', { name: /^Remove / }).click();
  await row.waitFor({ state: 'detached' });
}

async function newRun(page: Page): Promise<Locator> {
  await runCommand(page, 'New run');
  const dialog = page.getByRole('dialog', { name: 'New run' });
  await dialog.waitFor();
  return dialog;
}

async function chooseModel(page: Page, dialog: Locator, name: string): Promise<void> {
  await dialog.getByRole('combobox', { name: 'Model' }).click();
  await page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
}

async function copyModel(folder: string, name: string): Promise<string> {
  const place = join(folder, name);
  await cp(join(root, 'assets', 'demo-model'), place, { recursive: true });
  return place;
}

async function editJson(path: string, edit: (text: string) => string): Promise<void> {
  await writeFile(path, edit(await readFile(path, 'utf8')));
}

/** Every head vertical-slash with one budget, as MInference writes it. */
const uniformConfig = (verticals: number, slashes: number) =>
  JSON.stringify(
    Array.from({ length: LAYERS }, () =>
      Object.fromEntries(Array.from({ length: HEADS }, (_, head) => [String(head), ['vertical_and_slash', verticals, slashes, 1]])),
    ),
  );

const why = whyNotServed();
describe.skipIf(why !== null)(titled('bad input in a browser', why), () => {
  let fixtures: Fixtures;
  let program: ProgramCopy;
  let bench: Workbench;
  let page: Page;
  /** Writes a file of the user's and gives its path. */
  const brought = async (name: string, text: string) => {
    const path = join(fixtures.folder, name);
    await writeFile(path, text);
    return path;
  };

  beforeAll(async () => {
    fixtures = await makeFixtures();
    const { folder, runName } = fixtures;
    await truncate(join(await copyModel(folder, 'cut-short'), 'model.safetensors'), 1_000_000);
    const mamba = join(await copyModel(folder, 'mamba'), 'config.json');
    await editJson(mamba, (text) => text.replace('"model_type": "llama"', '"model_type": "mamba"'));
    await cp(join(folder, runName), join(folder, 'orphan'), { recursive: true });
    const moved = JSON.stringify(join(folder, 'no-longer-here'));
    await editJson(join(folder, 'orphan', 'run.json'), (text) => text.replace(/("path": )"[^"]*demo-model"/, `$1${moved}`));
    program = copyProgram({ shortExample: true });
    bench = await launchServed(fixtures, { program: program.folder });
    page = bench.page;
    await untilMeasured(page);
  });
  afterAll(async () => {
    await bench?.close();
    program?.remove();
    await fixtures?.remove();
  });

  // A step that fails half way must not take the next ones with it.
  afterEach(async () => {
    const close = page.getByRole('dialog').getByRole('button', { name: /^(Cancel|Close|Keep open)$/ });
    if (await close.first().isVisible()) await close.first().click();
  });
  keepFailurePictures('bad-input', () => bench?.page);

  it.each([
    ['cut-short', /model\.safetensors/],
    ['mamba', /model of type "mamba"/],
  ])('says what is wrong with the model %s, and does not start', async (name, problem) => {
    const dialog = await newRun(page);
    await chooseModel(page, dialog, name);
    await dialog.locator('p').filter({ hasText: problem }).waitFor();
    expect(await dialog.getByRole('button', { name: 'Start run' }).getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it('takes a prompt of 13 MB without laying it out, and says how much of it fits or where it goes', async () => {
    const text = 'The quick brown fox jumps over the lazy dog.\n'.repeat(300_000);
    const path = await brought('long.txt', text);
    const dialog = await newRun(page);
    await bench.opening(path, () => dialog.getByRole('button', { name: 'Open file' }).click());
    const head = dialog.getByRole('region', { name: 'Beginning of the prompt' });
    await head.waitFor();
    expect((await head.innerText()).length).toBeLessThan(3000);
    await dialog.getByText(`of ${text.length.toLocaleString('en-US')} characters`).waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Prompt text' }).count()).toBe(0);
    const plan = dialog.locator('.lib-plan');
    await expect.poll(() => plan.innerText(), { timeout: 60_000 }).toMatch(/Up to [\d,]+ tokens fit|tokens hold .* that may be used/);
    await dialog.getByRole('button', { name: 'Clear text' }).click();
    await dialog.getByRole('textbox', { name: 'Prompt text' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  // The long prefill keeps the engine from the jobs behind it: on a fast machine too they have not ended when they are cancelled.
  it('cancels a prefill half way and the jobs behind it, keeps what was open, and resumes a measurement to the end', async () => {
    const mixed = await readFile(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8');
    const book = await brought('book.txt', mixed.repeat(9));
    const dialog = await newRun(page);
    await bench.opening(book, () => dialog.getByRole('button', { name: 'Open file' }).click());
    await dialog.getByRole('button', { name: 'Start run' }).click();
    const prefill = job(page, /^Prefill, book/);
    await prefill.getByText(/^[1-9]\d? %$/).waitFor({ timeout: 60_000 });

    await runCommand(page, 'Search the whole model again');
    const search = job(page, /^Search, 32 heads/);
    await search.waitFor();
    const path = await brought('uniform.json', uniformConfig(200, 300));
    await bench.opening(path, () => runCommand(page, 'Open a config or prompt'));
    const measurement = job(page, /^Measure 32 heads/);
    await measurement.waitFor();

    await showArea(page, 'Compare');
    const compare = page.getByRole('button', { name: 'Run the prefill with this config' });
    await compare.click();
    const comparison = job(page, /^Prefill, dense and sparse/);
    await comparison.waitFor();

    await page.getByRole('region', { name: 'Compare' }).getByRole('button', { name: 'Cancel', exact: true }).click();
    await comparison.getByText('cancelled', { exact: true }).waitFor();
    await compare.waitFor();
    await showArea(page, 'Atlas');
    await cancelJob(measurement);
    await cancelJob(search);
    await cancelJob(prefill);
    await prefill.getByRole('button', { name: /^Start again/ }).waitFor();
    for (const row of [comparison, search, prefill]) await removeJob(row);
    expect(await measuredCells(page).count()).toBe(LAYERS * HEADS);
    expect(await staleCells(page).count()).toBeGreaterThan(0);
    await measurement.getByRole('button', { name: /^Resume/ }).click();
    await untilMeasured(page);
    await expect.poll(() => staleCells(page).count(), { timeout: 60_000 }).toBe(0);
  });

  it('keeps the edits and the bookmarks of two tabs apart and whole', async () => {
    const other = await page.context().newPage();
    other.setDefaultTimeout(ACTION_TIMEOUT_MS);
    const problems = collectProblems(other);
    await other.goto(page.url());
    await untilMeasured(other);
    const drag = async (tab: Page, to: number) => {
      await openHead(tab, 1, 0);
      await tab.getByRole('radio', { name: 'Vertical-Slash' }).click();
      await dragBudget(tab, 'Slash diagonals', to);
      await tab.getByRole('slider', { name: 'Slash diagonals', exact: true }).press('Enter');
      return sliderValue(tab, 'Slash diagonals');
    };
    // A browser draws the tab in front only.
    const high = await drag(other, 0.9);
    await page.bringToFront();
    const low = await drag(page, 0.3);
    expect(low).toBeLessThan(high);
    for (const tab of [page, other]) {
      await tab.bringToFront();
      await runCommand(tab, 'Bookmark this place');
    }
    const bookmarks = (tab: Page) => tab.getByRole('region', { name: 'Bookmarks' }).getByRole('listitem').count();
    for (const tab of [page, other]) await expect.poll(() => bookmarks(tab)).toBe(2);
    expect([await sliderValue(page, 'Slash diagonals'), await sliderValue(other, 'Slash diagonals')]).toEqual([low, high]);
    expect(problems).toEqual([]);
    await other.close({ runBeforeUnload: false });
  });

  it('refuses a saved run whose model is gone, and stays on the start screen', async () => {
    await openFromLibrary(page, 'orphan');
    const dialog = page.getByRole('dialog', { name: 'Run not opened' });
    await dialog.waitFor({ timeout: 30_000 });
    expect(await dialog.innerText()).toMatch(/model/);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Open the example' }).waitFor();
  });

  it('has not complained', () => {
    expect(bench.problems).toEqual([]);
  });
});
