// One working session, step by step: each test stands on the one before it, on whichever host.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import {
  type Area,
  axeViolations,
  coloursOf,
  dragBudget,
  HEADS,
  LAYERS,
  map,
  measuredCells,
  metric,
  openHead,
  runCommand,
  showArea,
  showTheme,
  slider,
  sliderValue,
  untilMeasured,
} from './interface.ts';
import { root, titled } from './requirements.ts';
import type { Workbench } from './workbench.ts';

export function workbenchSuite(name: string, why: string | null, launch: (fixtures: Fixtures) => Promise<Workbench>): void {
  describe.skipIf(why !== null)(titled(name, why), () => {
    let bench: Workbench;
    let fixtures: Fixtures;

    beforeAll(async () => {
      fixtures = await makeFixtures();
      bench = await launch(fixtures);
    });
    afterAll(async () => {
      await bench?.close();
      await fixtures?.remove();
    });

    let broken = false;
    beforeEach(({ skip }) => {
      if (broken) skip('an earlier step of the session failed');
    });
    afterEach(async ({ task }) => {
      if (task.result?.state !== 'fail') return;
      broken = true;
      const folder = join(root, 'build', 'e2e');
      mkdirSync(folder, { recursive: true });
      await bench.page.screenshot({ path: join(folder, `${bench.name}-failed.png`) });
    });

    it('opens on the bundled model and fills the atlas', async () => {
      await untilMeasured(bench.page);
      expect(await measuredCells(bench.page).count()).toBe(LAYERS * HEADS);
    });

    it('opens a head’s map with one double click, and the picture is not blank', async () => {
      await openHead(bench.page, 1, 0);
      const picture = map(bench.page, 1, 0).getByRole('img', { name: 'Attention of L1 H0' });
      await expect.poll(() => coloursOf(picture), { timeout: 15_000 }).toBeGreaterThan(20);
    });

    it('zooms by wheel and keys, and shows all again', async () => {
      const { page } = bench;
      const zone = map(page, 1, 0);
      const footprint = () => page.locator('[data-region="status"]').innerText();
      const before = await footprint();
      const box = await zone.boundingBox();
      if (!box) throw new Error('the map is not on screen');
      await page.mouse.move(box.x + box.width * 0.35, box.y + box.height * 0.6);
      for (let notch = 0; notch < 6; notch++) await page.mouse.wheel(0, -240);
      await expect.poll(footprint).not.toBe(before);
      await expect.poll(() => coloursOf(zone.getByRole('img', { name: 'Attention of L1 H0' })), { timeout: 15_000 }).toBeGreaterThan(20);
      await zone.focus();
      await page.keyboard.press('+');
      await page.keyboard.press('0');
    });

    it('changes recall with the budget in hand, exactly, and takes the change back', async () => {
      const { page } = bench;
      await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
      await expect.poll(() => page.getByText('Exact', { exact: true }).count(), { timeout: 30_000 }).toBeGreaterThan(0);
      await dragBudget(page, 'Slash diagonals', 0.3);
      await expect.poll(() => metric(page, 'Recall')).not.toBeNull();
      const narrow = { slashes: await sliderValue(page, 'Slash diagonals'), recall: await metric(page, 'Recall') };
      await dragBudget(page, 'Slash diagonals', 0.95);
      const wide = { slashes: await sliderValue(page, 'Slash diagonals'), recall: await metric(page, 'Recall') };
      expect(wide.slashes).toBeGreaterThan(narrow.slashes);
      expect(wide.recall ?? 0).toBeGreaterThan(narrow.recall ?? 1);
      expect((wide.recall ?? 0) + ((await metric(page, 'Missed')) ?? 0) / 100).toBeCloseTo(1, 2);
      await slider(page, 'Slash diagonals').press('Enter');
      await page.getByText('live', { exact: true }).waitFor({ state: 'detached' });
      await page.keyboard.press('Control+z');
      await expect.poll(() => sliderValue(page, 'Slash diagonals')).not.toBe(wide.slashes);
      await page.keyboard.press('Control+Shift+z');
      await expect.poll(() => sliderValue(page, 'Slash diagonals')).toBe(wide.slashes);
    });

    it('searches one head, and applies a candidate', async () => {
      const { page } = bench;
      await page
        .getByRole('button', { name: /^(Re-run search|Search)/ })
        .first()
        .click();
      const candidates = page.getByRole('table', { name: 'Candidates of the search' });
      await candidates.waitFor({ timeout: 30_000 });
      const other = candidates.getByRole('row', { name: /Enter applies/ }).last();
      const chosen = (await other.getAttribute('aria-label')) ?? '';
      await other.focus();
      await page.keyboard.press('Enter');
      const applied = candidates.getByRole('row', { name: /in the config/ });
      await expect.poll(async () => (await applied.getAttribute('aria-label')) ?? '').toContain(chosen.split(', score')[0] ?? '?');
    });

    it('cancels a search of the whole model', async () => {
      const { page } = bench;
      await runCommand(page, 'Search the whole model again');
      await page.getByRole('button', { name: 'Cancel search', exact: true }).click();
      await page.getByRole('button', { name: /^Re-run search/ }).waitFor({ timeout: 15_000 });
    });

    it('exports the config it shows, in both formats', async () => {
      const { page } = bench;
      const own = await bench.saving(() => runCommand(page, 'Export Headscope JSON'));
      expect(own.name).toMatch(/\.json$/);
      const document = JSON.parse(own.data.toString('utf8'));
      expect(document.format).toBe('headscope-config');
      const other = await bench.saving(() => runCommand(page, 'Export MInference JSON'));
      const layers: Record<string, [string, number, number, number]>[] = JSON.parse(other.data.toString('utf8'));
      expect(layers).toHaveLength(LAYERS);
      for (const layer of layers) expect(Object.keys(layer)).toEqual(Array.from({ length: HEADS }, (_, head) => String(head)));
    });

    it('lives through the end of its engine: edits stay, and the run is made again', async () => {
      const { page } = bench;
      const budget = await sliderValue(page, 'Slash diagonals');
      await bench.killEngine();
      const again = page.getByRole('alert').getByRole('button', { name: 'Run again' });
      await again.waitFor({ timeout: 30_000 });
      expect(await coloursOf(map(page, 1, 0).getByRole('img', { name: 'Attention of L1 H0' }))).toBeGreaterThan(20);
      expect(await sliderValue(page, 'Slash diagonals')).toBe(budget);
      await again.click();
      await again.waitFor({ state: 'detached', timeout: 30_000 });
      expect(await sliderValue(page, 'Slash diagonals')).toBe(budget);
      await openHead(page, 2, 3);
      const fresh = map(page, 2, 3).getByRole('img', { name: 'Attention of L2 H3' });
      await expect.poll(() => coloursOf(fresh), { timeout: 15_000 }).toBeGreaterThan(20);
    });

    it('opens a saved run', async () => {
      const { page } = bench;
      await bench.openSavedRun(fixtures);
      await expect
        .poll(() =>
          page
            .getByRole('region', { name: 'Runs' })
            .getByRole('button', { name: /copy-run/ })
            .count(),
        )
        .toBeGreaterThan(0);
      await showArea(page, 'Atlas');
      await untilMeasured(page);
    });

    it.each<Area>(['Atlas', 'Map', 'Compare', 'Config'])('is free of axe’s findings in %s, in both themes', async (area) => {
      const { page } = bench;
      await showArea(page, area);
      const found: string[] = [];
      for (const theme of ['light', 'dark'] as const) {
        await showTheme(page, theme);
        found.push(...(await axeViolations(page)).map((finding) => `${theme}: ${finding}`));
      }
      expect(found).toEqual([]);
    });

    it('has not complained', () => {
      expect(bench.problems).toEqual([]);
    });
  });
}
