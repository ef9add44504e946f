// One working session, step by step: each test stands on the one before it, on whichever host.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepFailurePictures } from './failure_pictures.ts';
import { fileSteps } from './file_steps.ts';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { type Area, axeViolations, showArea, showTheme } from './interface.ts';
import { lookingSteps } from './looking_steps.ts';
import { recoverySteps } from './recovery_steps.ts';
import { titled } from './requirements.ts';
import { searchingSteps } from './searching_steps.ts';
import type { Workbench } from './workbench.ts';

export function workbenchSuite(name: string, why: string | null, launch: (fixtures: Fixtures) => Promise<Workbench>): void {
  describe.skipIf(why !== null)(titled(name, why), () => {
    let bench: Workbench;
    let fixtures: Fixtures;
    const session = () => ({ bench, fixtures });

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
    afterEach(({ task }) => {
      if (task.result?.state !== 'fail') return;
      broken = true;
    });
    keepFailurePictures(name.replaceAll(' ', '-'), () => bench?.page);

    lookingSteps(session);
    searchingSteps(session);

    it.each<Area>(['Atlas', 'Map', 'Compare', 'Config'])('is free of axe’s findings in %s, in both themes', async (area) => {
      const { page } = bench;
      await showArea(page, area);
      const found: string[] = [];
      for (const theme of ['dark', 'light'] as const) {
        await showTheme(page, theme);
        found.push(...(await axeViolations(page, { coloursOnly: theme === 'light' })).map((finding) => `${theme}: ${finding}`));
      }
      expect(found.join('\n')).toBe('');
    });

    fileSteps(session);
    recoverySteps(session);

    it('has not complained', () => {
      expect(bench.problems).toEqual([]);
    });
  });
}
