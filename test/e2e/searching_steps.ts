// Searching, cancelling, comparing dense with sparse.
import { expect, it } from 'vitest';
import { dragBudget, job, LAYERS, openHead, runCommand, showArea, shownBudget, slider } from './interface.ts';
import type { Session } from './session.ts';

export function searchingSteps(session: () => Session): void {
  it('searches one head, applies a candidate with Enter, and takes it back', async () => {
    const { page } = session().bench;
    const before = await shownBudget(page);
    await page
      .getByRole('button', { name: /^(Re-run search|Search)/ })
      .first()
      .click();
    const candidates = page.getByRole('table', { name: 'Candidates', exact: true });
    const other = candidates.getByRole('row', { name: /score .*Enter applies/ }).last();
    await other.waitFor({ timeout: 60_000 });
    const chosen = (await other.getAttribute('aria-label'))?.split(', recall')[0] ?? '?';
    await other.focus();
    await page.keyboard.press('Enter');
    await candidates
      .getByRole('row', { name: chosen })
      .and(page.getByRole('row', { name: /in the config/ }))
      .waitFor();
    const applied = await shownBudget(page);
    expect(applied).not.toEqual(before);
    await page.keyboard.press('Control+z');
    await expect.poll(() => shownBudget(page)).toEqual(before);
    await page.keyboard.press('Control+Shift+z');
    await expect.poll(() => shownBudget(page)).toEqual(applied);
  });

  it('cancels a search of the whole model, and can search again', async () => {
    const { page } = session().bench;
    await runCommand(page, 'Search the whole model again');
    // Not in the inspector: there a head that has been searched offers no cancel any more.
    await job(page, /Search, \d+ heads/)
      .getByRole('button', { name: /^Cancel Search/ })
      .click();
    await job(page, /Search,.*cancelled/s)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Re-run search/ }).waitFor();
  });

  it('runs the prefill with the config, and sets sparse beside dense', async () => {
    const { page } = session().bench;
    await showArea(page, 'Compare');
    await page.getByRole('button', { name: 'Run the prefill with this config' }).click();
    const layers = page.getByRole('region', { name: 'Time per layer' });
    await layers.waitFor({ timeout: 60_000 });
    for (let layer = 0; layer < LAYERS; layer++)
      await layers
        .getByText(new RegExp(`^L(ayer )?${layer}$`))
        .first()
        .waitFor();
    const fact = (name: string) =>
      page
        .locator('dl > div')
        .filter({ has: page.locator('dt', { hasText: name }) })
        .locator('dd')
        .first()
        .innerText();
    const tiles = Number.parseFloat(await fact('Tiles multiplied'));
    expect(tiles).toBeGreaterThan(0);
    expect(tiles).toBeLessThan(100);
    expect(await fact('Same next token')).toMatch(/^\d+ of 64/);
    expect(Number.parseFloat(await fact('KL, last 64 rows'))).toBeGreaterThan(0);
    const likely = page.getByRole('table', { name: 'Most likely next tokens of both sides' });
    expect(await likely.getByRole('row').count()).toBeGreaterThan(5);
  });

  it('says that the comparison is of an earlier config once the config changed', async () => {
    const { page } = session().bench;
    await openHead(page, 1, 0);
    await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    await dragBudget(page, 'Slash diagonals', 0.5);
    await slider(page, 'Slash diagonals').press('Enter');
    await showArea(page, 'Compare');
    await page.getByText('config changed since').waitFor();
    await showArea(page, 'Map');
  });
}
