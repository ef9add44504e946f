// The end of the engine, and a run from disk.
import { expect, it } from 'vitest';
import { coloursOf, job, map, openHead, runCommand, showArea, shownBudget, untilMeasured } from './interface.ts';
import type { Session } from './session.ts';

export function recoverySteps(session: () => Session): void {
  it('lives through the end of its engine in the middle of a job: picture and edits stay, and the run is made again', async () => {
    const { bench } = session();
    const { page } = bench;
    await openHead(page, 1, 0);
    const picture = map(page, 1, 0).getByRole('img', { name: 'Attention of L1 H0' });
    await expect.poll(() => coloursOf(picture)).toBeGreaterThan(20);
    const budget = await shownBudget(page);
    await runCommand(page, 'Search the whole model again');
    await job(page, /Search, \d+ heads/)
      .getByRole('button', { name: /^Cancel Search/ })
      .waitFor();
    await bench.killEngine();
    const again = page.getByRole('alert').getByRole('button', { name: 'Run again' });
    await again.waitFor({ timeout: 60_000 });
    expect(
      await page
        .getByRole('region', { name: 'Jobs' })
        .getByRole('button', { name: /^Cancel/ })
        .count(),
    ).toBe(0);
    expect(await coloursOf(picture)).toBeGreaterThan(20);
    expect(await shownBudget(page)).toEqual(budget);
    await again.click();
    await again.waitFor({ state: 'detached', timeout: 60_000 });
    expect(await shownBudget(page)).toEqual(budget);
    await openHead(page, 2, 3);
    const fresh = map(page, 2, 3).getByRole('img', { name: 'Attention of L2 H3' });
    await expect.poll(() => coloursOf(fresh)).toBeGreaterThan(20);
  });

  it('opens a saved run', async () => {
    const { bench, fixtures } = session();
    const { page } = bench;
    await bench.openSavedRun(fixtures);
    await page
      .getByRole('region', { name: 'Runs' })
      .getByRole('button', { name: new RegExp(`^${fixtures.runName}`) })
      .waitFor();
    await showArea(page, 'Atlas');
    await untilMeasured(page);
  });
}
