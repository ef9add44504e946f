// What goes out of the program and what comes in: exports, drops, files that are none.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PNG } from 'pngjs';
import { expect, it } from 'vitest';
import { axeViolations, dropFile, HEADS, LAYERS, openHead, runCommand, shownBudget } from './interface.ts';
import type { Session } from './session.ts';

interface ConfigFile {
  format: string;
  model: { layers: number; heads: number };
  heads: { pattern: Record<string, unknown> }[][];
}

export function fileSteps(session: () => Session): void {
  let exported: ConfigFile;

  it('exports the config that is on screen, in both formats', async () => {
    const { bench } = session();
    await openHead(bench.page, 1, 0);
    const budget = await shownBudget(bench.page);
    expect(budget.kind).toBe('vertical_slash');
    const own = await bench.saving(() => runCommand(bench.page, 'Export Headscope JSON'));
    expect(own.name).toMatch(/\.headscope\.json$/);
    exported = JSON.parse(own.data.toString('utf8'));
    expect(exported).toMatchObject({ format: 'headscope-config', model: { layers: LAYERS, heads: HEADS } });
    expect(exported.heads[1]?.[0]?.pattern).toMatchObject(budget);
    const other = await bench.saving(() => runCommand(bench.page, 'Export MInference JSON'));
    const layers: Record<string, [string, number, number, number]>[] = JSON.parse(other.data.toString('utf8'));
    expect(layers).toHaveLength(LAYERS);
    for (const layer of layers) expect(Object.keys(layer)).toEqual(Array.from({ length: HEADS }, (_, head) => String(head)));
    expect(layers[1]?.['0']?.slice(0, 3)).toEqual(['vertical_and_slash', budget.verticals, budget.slashes]);
  });

  it('exports the map as it is shown', async () => {
    const { bench } = session();
    const { name, data } = await bench.saving(() => runCommand(bench.page, 'Export the map as PNG'));
    expect(name).toMatch(/\.png$/);
    const picture = PNG.sync.read(data);
    expect(Math.min(picture.width, picture.height)).toBeGreaterThan(300);
    const colours = new Set(Array.from({ length: picture.data.length / 4 }, (_, at) => picture.data.readUInt32BE(4 * at)));
    expect(colours.size).toBeGreaterThan(100);
  });

  it('opens a config that is dropped on the window, and undo takes it back', async () => {
    const { bench, fixtures } = session();
    const { page } = bench;
    const before = await shownBudget(page);
    const changed = structuredClone(exported);
    changed.heads[1]?.splice(0, 1, { pattern: { kind: 'a_shape', sink: 77, window: 333 } });
    const path = join(fixtures.folder, 'dropped.headscope.json');
    await writeFile(path, JSON.stringify(changed));
    await dropFile(page, path);
    await page.getByText('dropped.headscope.json opened.').waitFor();
    await openHead(page, 1, 0);
    await expect.poll(() => shownBudget(page)).toMatchObject({ kind: 'a_shape' });
    await page.keyboard.press('Control+z');
    await expect.poll(() => shownBudget(page)).toEqual(before);
  });

  it('refuses what it cannot use, in words, and changes nothing', async () => {
    const { bench, fixtures } = session();
    const { page } = bench;
    const before = await shownBudget(page);
    for (const { path, says } of fixtures.wrong) {
      await bench.opening(path, () => runCommand(page, 'Open a config or prompt'));
      const refusal = page.getByRole('dialog').filter({ hasText: says });
      await refusal.waitFor();
      expect(await refusal.innerText()).toMatch(/not changed|unchanged/);
      if (basename(path) === 'smaller.json') {
        expect((await axeViolations(page)).join('\n')).toBe('');
        expect(await refusal.getByRole('row', { name: /^Layers/ }).innerText()).toMatch(/4\s+2\b/);
      }
      await page.keyboard.press('Escape');
      await refusal.waitFor({ state: 'detached' });
    }
    expect(await shownBudget(page)).toEqual(before);
  });

  it('takes a dropped prompt as the start of a new run', async () => {
    const { bench, fixtures } = session();
    const { page } = bench;
    const path = join(fixtures.folder, 'question.txt');
    await writeFile(path, 'What is the special magic number for train?');
    await dropFile(page, path);
    const dialog = page.getByRole('dialog', { name: 'New run' });
    await dialog.waitFor();
    expect((await axeViolations(page)).join('\n')).toBe('');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
}
