import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { HEADS, LAYERS, openHead, shownBudget, untilOpen } from './interface.ts';
import { type Desktop, enginePid, launchDesktop } from './launch_desktop.ts';
import { titled, whyNotDesktop } from './requirements.ts';
import { workbenchSuite } from './workbench_suite.ts';

const why = whyNotDesktop();

workbenchSuite('the interface on the desktop', why, () => launchDesktop());

/** A MInference config of the bundled model's shape. */
const table = JSON.stringify(
  Array.from({ length: LAYERS }, () =>
    Object.fromEntries(Array.from({ length: HEADS }, (_, head) => [head, ['vertical_and_slash', 200, 900, 1]])),
  ),
);

describe.skipIf(why !== null)(titled('the desktop shell', why), () => {
  let desktop: Desktop;
  let fixtures: Fixtures;
  beforeAll(async () => {
    fixtures = await makeFixtures();
    const config = join(fixtures.folder, 'broken.json');
    writeFileSync(config, '{"format": "something else"}');
    desktop = await launchDesktop({ more: [config] });
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
      };
    });
    expect(seen).toEqual({ node: [], network: 'refused', file: 'refused', outside: '404', popup: true });
  });

  it('runs no code but its own files', async () => {
    const seen = await desktop.page.evaluate(async () => {
      const policy = (await fetch('app://headscope/index.html')).headers.get('content-security-policy') ?? '';
      const inline = document.createElement('script');
      inline.textContent = 'window.inlineRan = true';
      document.body.append(inline);
      const evaluated = await new Promise((resolve) => {
        window.addEventListener('securitypolicyviolation', (event) => resolve(event.blockedURI), { once: true });
        const made = document.createElement('script');
        made.textContent = 'window.inlineRan = true';
        document.body.append(made);
      });
      let compiled = 'ran';
      try {
        new Function('return 1')();
      } catch (error) {
        compiled = error instanceof Error ? error.name : 'threw';
      }
      return { policy, evaluated, compiled, ran: 'inlineRan' in window };
    });
    expect(seen).toMatchObject({ evaluated: 'inline', compiled: 'EvalError', ran: false });
    expect(seen.policy).toContain("default-src 'none'");
    expect(seen.policy).not.toMatch(/unsafe|https?:|\*/);
  });

  it('grants the page no camera, place, notification or clipboard to read', async () => {
    const seen = await desktop.page.evaluate(async () => {
      const states: Record<string, string> = {};
      for (const name of ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read'] as const) {
        states[name] = (await navigator.permissions.query({ name: name as PermissionName })).state;
      }
      const refused = (asked: Promise<unknown>) =>
        asked.then(
          () => 'granted',
          (error: unknown) => (error instanceof Error ? error.name : 'refused'),
        );
      return {
        states,
        media: await refused(navigator.mediaDevices.getUserMedia({ audio: true })),
        notification: await Notification.requestPermission(),
      };
    });
    expect(new Set(Object.values(seen.states))).toEqual(new Set(['denied']));
    expect(seen.media).toMatch(/NotAllowedError|NotFoundError/);
    expect(seen.notification).toBe('denied');
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
    await desktop.page.getByRole('dialog').filter({ hasText: 'broken.json' }).waitFor();
    await desktop.page.keyboard.press('Escape');
  });

  it('comes to the front when it is started again, and opens the file of that start', async () => {
    const { app, page, command } = desktop;
    const path = join(fixtures.folder, 'second start.json');
    writeFileSync(path, table);
    await app.evaluate(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows()[0];
      if (!window) return;
      const focus = window.focus.bind(window);
      window.focus = () => {
        Object.assign(globalThis, { headscopeFocused: true });
        focus();
      };
    });
    const [executable = '', ...own] = command;
    const root_ = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const second = spawn(executable, [...root_, ...own, path], { stdio: 'ignore' });
    expect(await once(second, 'exit')).toEqual([0, null]);
    await page.getByText('second start.json opened.').waitFor();
    expect(await app.evaluate(() => Reflect.get(globalThis, 'headscopeFocused'))).toBe(true);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it('starts a crashed engine again by itself, after a pause that grows', async () => {
    const { app, page } = desktop;
    const status = () => page.evaluate(async () => window.headscope?.engineStatus());
    for (const restarts of [1, 2]) {
      const before = await enginePid(app);
      process.kill(before, 'SIGKILL');
      await expect.poll(async () => (await status())?.restarts).toBe(restarts);
      await expect.poll(async () => (await status())?.phase).toBe('ready');
      expect(await enginePid(app)).not.toBe(before);
    }
  });

  it('asks before a reload puts edits aside', async () => {
    const { app, page } = desktop;
    await openHead(page, 1, 0);
    await page.getByRole('radio', { name: 'Block-Sparse' }).click();
    await page.keyboard.press('Enter');
    await expect.poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle())).toMatch(/^• /);
    const asked = await app.evaluate(({ dialog, Menu }) => {
      let question: unknown;
      dialog.showMessageBoxSync = (...call: unknown[]) => {
        question = call.at(-1);
        return 0;
      };
      Menu.getApplicationMenu()?.getMenuItemById('shell.reload')?.click();
      return JSON.stringify(question);
    });
    expect(asked).toContain('They come back with their run');
    expect(await shownBudget(page)).toMatchObject({ kind: 'block_sparse' });
  });

  it('stays on its page', async () => {
    const { app, page } = desktop;
    await app.evaluate(({ BrowserWindow }) => {
      BrowserWindow.getAllWindows()[0]?.webContents.once('will-frame-navigate', (event) => {
        Object.assign(globalThis, { headscopeStayed: event.defaultPrevented });
      });
    });
    await page.evaluate(() => {
      window.location.href = 'https://example.com/';
    });
    await expect.poll(() => app.evaluate(() => Reflect.get(globalThis, 'headscopeStayed'))).toBe(true);
    expect(page.url()).toMatch(/^app:\/\/headscope\//);
  });

  it('loads a crashed page again', async () => {
    const { app } = desktop;
    // Not through the test's own connection to the page, which ended with it; a page that is just being loaded does not answer.
    const inPage = (code: string) =>
      app.evaluate(
        ({ BrowserWindow }, source) =>
          Promise.race([
            BrowserWindow.getAllWindows()[0]
              ?.webContents.executeJavaScript(source)
              .catch(() => null),
            new Promise((resolve) => setTimeout(resolve, 1_000, null)),
          ]),
        code,
      );
    await inPage('window.beforeCrash = true');
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer());
    const cells = 'window.beforeCrash === undefined && document.querySelectorAll("[role=gridcell]").length';
    await expect.poll(() => inPage(cells), { timeout: 60_000 }).toBe(LAYERS * HEADS);
  });
});

describe.skipIf(why !== null)(titled('the desktop window', why), () => {
  it('opens where and as large as it was', async () => {
    const profile = mkdtempSync(join(tmpdir(), 'headscope-profile-'));
    const bounds = { x: 40, y: 60, width: 1010, height: 640 };
    const boundsOf = ({ app }: Desktop) => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
    const first = await launchDesktop({ profile, size: null });
    await untilOpen(first.page);
    await first.app.evaluate(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), bounds);
    await expect.poll(() => boundsOf(first)).toEqual(bounds);
    await first.close();
    const second = await launchDesktop({ profile, size: null });
    expect(await boundsOf(second)).toEqual(bounds);
    await second.close();
    rmSync(profile, { recursive: true, force: true });
  });
});
