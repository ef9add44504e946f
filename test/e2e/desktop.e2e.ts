import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { type Desktop, enginePid, launchDesktop } from './launch_desktop.ts';
import { titled, whyNotDesktop } from './requirements.ts';
import { workbenchSuite } from './workbench_suite.ts';

const why = whyNotDesktop();

workbenchSuite('the interface on the desktop', why, () => launchDesktop());

describe.skipIf(why !== null)(titled('the desktop shell', why), () => {
  let desktop: Desktop;
  let fixtures: Fixtures;
  beforeAll(async () => {
    fixtures = await makeFixtures();
    const config = join(fixtures.folder, 'broken.json');
    writeFileSync(config, '{"format": "something else"}');
    desktop = await launchDesktop([config]);
  });
  afterAll(async () => {
    await desktop?.close();
    await fixtures?.remove();
  });

  it('keeps the page in its sandbox', async () => {
    const seen = await desktop.page.evaluate(async () => {
      const reached = (url: string) =>
        fetch(url).then(
          ({ status }) => String(status),
          () => 'refused',
        );
      return {
        node: ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
        network: await reached('https://example.com/'),
        file: await reached('file:///etc/hostname'),
        outside: await reached('app://headscope/%2e%2e/desktop/main.js'),
        popup: window.open('https://example.com/') === null,
        permission: (await navigator.permissions.query({ name: 'geolocation' })).state,
      };
    });
    expect(seen).toEqual({ node: [], network: 'refused', file: 'refused', outside: '404', popup: true, permission: 'denied' });
    desktop.problems.length = 0;
  });

  it('fills its menu from the commands, and an item runs its command', async () => {
    await expect
      .poll(() =>
        desktop.app.evaluate(({ Menu }) =>
          ['go.map', 'file.open', 'config.undo', 'file.saveRun'].filter((id) => !Menu.getApplicationMenu()?.getMenuItemById(id)),
        ),
      )
      .toEqual([]);
    await desktop.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.getMenuItemById('view.palette')?.click());
    await desktop.page.getByRole('dialog', { name: 'Command palette' }).waitFor();
    await desktop.page.keyboard.press('Escape');
  });

  it('opens the config it was started with, and refuses a wrong one in words', async () => {
    await desktop.page.getByRole('dialog').filter({ hasText: 'broken.json' }).waitFor({ timeout: 30_000 });
    await desktop.page.keyboard.press('Escape');
  });

  it('starts a crashed engine again by itself', async () => {
    const before = await enginePid(desktop.app);
    process.kill(before, 'SIGKILL');
    await expect.poll(() => enginePid(desktop.app).catch(() => before), { timeout: 20_000 }).not.toBe(before);
    await expect
      .poll(() => desktop.page.evaluate(async () => (await window.headscope?.engineStatus())?.phase), { timeout: 20_000 })
      .toBe('ready');
  });

  it('stays on its page', async () => {
    const { page } = desktop;
    await page.evaluate(() => {
      window.location.href = 'https://example.com/';
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(page.url()).toMatch(/^app:\/\/headscope\//);
  });
});
