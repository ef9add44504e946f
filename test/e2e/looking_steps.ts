// From the first window to a head's map, and its budget in hand.
import { expect, it } from 'vitest';
import {
  cell,
  coloursOf,
  dragBudget,
  footprint,
  HEADS,
  LAYERS,
  map,
  measuredCells,
  metric,
  openHead,
  showArea,
  shownBudget,
  slider,
  sliderValue,
  untilMeasured,
} from './interface.ts';
import type { Session } from './session.ts';

export function lookingSteps(session: () => Session): void {
  it('opens on the bundled model and fills the atlas', async () => {
    const { page } = session().bench;
    await untilMeasured(page);
    expect(await measuredCells(page).count()).toBe(LAYERS * HEADS);
  });

  it('opens a head’s map with a click, whole after a double click too, and the picture is not blank', async () => {
    const { page } = session().bench;
    await openHead(page, 1, 0);
    await expect.poll(() => footprint(page)).toMatch(/^1 px = /);
    const whole = await footprint(page);
    await showArea(page, 'Atlas');
    await cell(page, 1, 0).dblclick();
    await map(page, 1, 0).waitFor();
    await expect.poll(() => footprint(page)).toMatch(/^1 px = /);
    expect(await footprint(page)).toBe(whole);
    await expect.poll(() => coloursOf(map(page, 1, 0).getByRole('img', { name: 'Attention of L1 H0' }))).toBeGreaterThan(20);
  });

  it('zooms by wheel and keys, says the footprint, and shows all again', async () => {
    const { page } = session().bench;
    const zone = map(page, 1, 0);
    await expect.poll(() => footprint(page)).toMatch(/^1 px = /);
    const whole = await footprint(page);
    const box = await zone.boundingBox();
    if (!box) throw new Error('the map is not on screen');
    await page.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.6);
    for (let notch = 0; notch < 2; notch++) await page.mouse.wheel(0, -240);
    await expect.poll(() => footprint(page)).not.toBe(whole);
    await expect.poll(() => coloursOf(zone.getByRole('img', { name: 'Attention of L1 H0' }))).toBeGreaterThan(20);
    await zone.focus();
    const zoomed = await footprint(page);
    await page.keyboard.press('+');
    await expect.poll(() => footprint(page)).not.toBe(zoomed);
    await page.keyboard.press('0');
    await expect.poll(() => footprint(page)).toBe(whole);
  });

  it('changes recall with the budget in hand, exactly, and takes the change back', async () => {
    const { page } = session().bench;
    await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    await page.getByText('Exact', { exact: true }).first().waitFor({ timeout: 60_000 });
    await dragBudget(page, 'Slash diagonals', 0.3);
    await expect.poll(() => metric(page, 'Recall')).not.toBeNull();
    const narrow = { slashes: await sliderValue(page, 'Slash diagonals'), recall: await metric(page, 'Recall') };
    await dragBudget(page, 'Slash diagonals', 0.95);
    await expect.poll(() => sliderValue(page, 'Slash diagonals')).toBeGreaterThan(narrow.slashes);
    await expect.poll(() => metric(page, 'Recall')).toBeGreaterThan(narrow.recall ?? 1);
    const wide = await sliderValue(page, 'Slash diagonals');
    const whole = async () => ((await metric(page, 'Recall')) ?? 0) + ((await metric(page, 'Missed')) ?? 0) / 100;
    await expect.poll(whole).toBeCloseTo(1, 2);
    await slider(page, 'Slash diagonals').press('Enter');
    await page.getByText('live', { exact: true }).waitFor({ state: 'detached' });
    const committed = await shownBudget(page);
    await page.keyboard.press('Control+z');
    await expect.poll(() => sliderValue(page, 'Slash diagonals')).not.toBe(wide);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => shownBudget(page)).toEqual(committed);
  });
}
