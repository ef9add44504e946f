// The whole way with the keyboard alone: example, atlas, head, zoom, budget, search, apply, export. Nothing here touches the mouse.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keepFailurePictures } from './failure_pictures.ts';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { map, metric, slider, sliderValue, untilMeasured } from './interface.ts';
import { launchServed } from './launch_served.ts';
import { root, titled, whyNotServed } from './requirements.ts';
import type { Workbench } from './workbench.ts';

/** What has the focus, by its accessible description as far as a test needs it. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement;
    return {
      role: element?.getAttribute('role') ?? element?.tagName.toLowerCase() ?? '',
      name: element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '',
      region: element?.closest<HTMLElement>('[data-region], [data-region] .toolbar')?.dataset.region ?? 'toolbar',
    };
  });

/** Tab until what has the focus is meant, at most `most` times. */
async function tabTo(page: Page, wanted: (now: { role: string; name: string }) => boolean, most = 60): Promise<void> {
  for (let step = 0; step < most; step += 1) {
    if (wanted(await focused(page))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the focus did not get there');
}

async function palette(page: Page, query: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /^Search commands/ }).waitFor();
  await page.keyboard.type(query);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Command palette' }).waitFor({ state: 'detached' });
}

async function cycleTo(page: Page, region: string): Promise<void> {
  for (let step = 0; step < 10; step += 1) {
    await page.keyboard.press('F6');
    if ((await focused(page)).region === region) return;
  }
  throw new Error(`F6 does not reach the ${region}`);
}

/** Two words of the example, from its middle. */
function wordsOfTheExample(): string {
  const text = readFileSync(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8');
  const words = /(?<= )[a-z]{4,} [a-z]{4,}(?= )/.exec(text.slice(text.length / 2))?.[0];
  if (words === undefined) throw new Error('the example has no two such words');
  return words;
}

const why = whyNotServed();
describe.skipIf(why !== null)(titled('the keyboard alone', why), () => {
  let fixtures: Fixtures;
  let bench: Workbench;
  beforeAll(async () => {
    fixtures = await makeFixtures();
    bench = await launchServed(fixtures);
  });
  afterAll(async () => {
    await bench?.close();
    await fixtures?.remove();
  });
  keepFailurePictures('keyboard', () => bench?.page);

  it('opens the example from the start screen', async () => {
    const { page } = bench;
    await untilMeasured(page);
    await palette(page, 'close run');
    await page.getByRole('dialog', { name: /^Close/ }).waitFor();
    await tabTo(page, ({ name }) => name === 'Close run');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /See what each head keeps/ }).waitFor();
    await tabTo(page, ({ name }) => name === 'Open the example');
    await page.keyboard.press('Enter');
    await untilMeasured(page);
  });

  it('reaches every region with F6, forwards and back', async () => {
    const { page } = bench;
    await palette(page, 'show map');
    await page.getByRole('application', { name: /^Attention map/ }).waitFor();
    const seen: string[] = [];
    for (let step = 0; step < 7; step += 1) {
      await page.keyboard.press('F6');
      seen.push((await focused(page)).region);
    }
    expect(new Set(seen)).toEqual(new Set(['title', 'rail', 'toolbar', 'picture', 'drawer', 'inspector', 'status']));
    await page.keyboard.press('Shift+F6');
    expect((await focused(page)).region).toBe(seen.at(-2));
    await page.keyboard.press('Control+1');
  });

  it('goes from the atlas to a head, and zooms its map', async () => {
    const { page } = bench;
    await page.getByRole('grid', { name: 'Heads by layer' }).waitFor();
    await cycleTo(page, 'picture');
    await tabTo(page, ({ role }) => role === 'gridcell');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await expect.poll(async () => (await focused(page)).name).toMatch(/^Layer 1 head 0,/);
    await page.keyboard.press('Enter');
    await map(page, 1, 0).waitFor();
    await tabTo(page, ({ role }) => role === 'application');
    const status = () => page.locator('[data-region="status"]').innerText();
    const before = await status();
    for (let press = 0; press < 4; press += 1) await page.keyboard.press('+');
    await expect.poll(status).not.toBe(before);
    await page.keyboard.press('0');
    await expect.poll(status).toContain('1 px =');
  });

  it('steps through heads and layers by bracket, and by rank with comma and full stop', async () => {
    const { page } = bench;
    const heading = () => page.locator('[data-region="inspector"]').getByRole('heading').first().innerText();
    await page.keyboard.press(']');
    await expect.poll(heading).toContain('L1 H1');
    await page.keyboard.press('}');
    await expect.poll(heading).toContain('L2 H1');
    await page.keyboard.press('{');
    await page.keyboard.press('[');
    await expect.poll(heading).toContain('L1 H0');
    await page.keyboard.press('.');
    await expect.poll(heading).not.toContain('L1 H0');
    await page.keyboard.press('Control+p');
    await page.keyboard.type('l1 h0');
    await page.keyboard.press('Enter');
    await expect.poll(heading).toContain('L1 H0');
  });

  it('chooses the kind by letter and changes the budget, with numbers that follow', async () => {
    const { page } = bench;
    await page.keyboard.press('a');
    await page.getByRole('radio', { name: 'A-shape', checked: true }).waitFor();
    await page.keyboard.press('v');
    await page.getByRole('radio', { name: 'Vertical-Slash', checked: true }).waitFor();
    await cycleTo(page, 'inspector');
    await tabTo(page, ({ role, name }) => role === 'slider' && name === 'Slash diagonals');
    await expect.poll(() => metric(page, 'Recall'), { timeout: 30_000 }).not.toBeNull();
    const before = { slashes: await sliderValue(page, 'Slash diagonals'), tiles: await metric(page, 'Tiles kept') };
    for (let press = 0; press < 3; press += 1) await page.keyboard.press('PageUp');
    expect(await sliderValue(page, 'Slash diagonals')).toBeGreaterThan(before.slashes);
    await expect.poll(() => metric(page, 'Tiles kept')).not.toBe(before.tiles);
    await page.keyboard.press('Enter');
    await page.getByText('live', { exact: true }).waitFor({ state: 'detached' });
    const kept = await sliderValue(page, 'Slash diagonals');
    await page.keyboard.press('Control+z');
    await expect.poll(() => sliderValue(page, 'Slash diagonals')).toBe(before.slashes);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => sliderValue(page, 'Slash diagonals')).toBe(kept);
    expect(await slider(page, 'Slash diagonals').isVisible()).toBe(true);
  });

  it('searches the head and applies a candidate', async () => {
    const { page } = bench;
    await page.keyboard.press('r');
    const candidates = page.getByRole('region', { name: 'Candidates' }).getByRole('row');
    await expect.poll(() => candidates.count(), { timeout: 60_000 }).toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Cancel search', exact: true }).waitFor({ state: 'detached', timeout: 60_000 });
    await tabTo(page, ({ role, name }) => (role === 'row' || role === 'tr' || role === 'option') && name !== '');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+4');
    await page.getByRole('tab', { name: /^Config/, selected: true }).waitFor();
  });

  it('finds text in the prompt, bookmarks the place and comes back to it', async () => {
    const { page } = bench;
    await page.keyboard.press('/');
    const words = wordsOfTheExample();
    await page.keyboard.type(words);
    await page.getByRole('option').first().waitFor();
    await expect.poll(() => page.getByRole('option').first().innerText(), { timeout: 30_000 }).toContain(words.replace(' ', '·'));
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Map', selected: true }).waitFor();
    await page.keyboard.press('k');
    const bookmark = page.getByRole('region', { name: 'Bookmarks' }).getByRole('listitem');
    await expect.poll(() => bookmark.count()).toBe(1);
    await page.keyboard.press('0');
    const name = (await bookmark.innerText()).trim();
    const status = () => page.locator('[data-region="status"]').innerText();
    const whole = await status();
    await palette(page, name);
    await expect.poll(status).not.toBe(whole);
  });

  it('exports the config', async () => {
    const { page } = bench;
    const file = await bench.saving(() => page.keyboard.press('Control+e'));
    expect(JSON.parse(file.data.toString())).toMatchObject({ format: 'headscope-config' });
  });

  it('shows its keys, which Escape closes', async () => {
    const { page } = bench;
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await sheet.waitFor();
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(bench.problems).toEqual([]);
  });
});
