// The program as the desktop application, with the tests' Electron. Native dialogs are answered in the main process.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { _electron, type ElectronApplication } from 'playwright-core';
import type { DesktopApi } from '../../engine/protocol/desktop.ts';
import { runCommand } from './interface.ts';
import { electronFolder, root } from './requirements.ts';
import { ACTION_TIMEOUT_MS, collectProblems, type Workbench } from './workbench.ts';

declare global {
  interface Window {
    headscope?: DesktopApi;
  }
}

const TITLE_OPEN_RUN = 'Open a saved run …';

/** The process that Electron calls so. */
export async function enginePid(app: ElectronApplication): Promise<number> {
  const pid = await app.evaluate(({ app: main }) => main.getAppMetrics().find((part) => part.name === 'engine')?.pid);
  if (pid === undefined) throw new Error('there is no engine process');
  return pid;
}

export interface Desktop extends Workbench {
  app: ElectronApplication;
  /** What starts a second one of the same user: the executable and its arguments. */
  command: readonly string[];
}

export interface DesktopRequest {
  /** Arguments after the application's own, such as a config to open. */
  more?: string[];
  /** Folder of the user's settings; absent: a fresh one, removed at the end. */
  profile?: string;
  /** null: as the window opens. */
  size?: { width: number; height: number } | null;
}

export async function launchDesktop({ more = [], profile, size = { width: 1440, height: 900 } }: DesktopRequest = {}): Promise<Desktop> {
  const folder = await mkdtemp(join(tmpdir(), 'headscope-desktop-'));
  const dist = electronFolder() ?? '';
  process.env.ELECTRON_OVERRIDE_DIST_PATH = dist;
  const own = [join(root, 'out', 'desktop', 'main.cjs'), `--user-data-dir=${profile ?? join(folder, 'profile')}`];
  const app = await _electron.launch({ args: [...own, ...more], cwd: root });
  const page = await app.firstWindow();
  page.setDefaultTimeout(ACTION_TIMEOUT_MS);
  const problems = collectProblems(page);
  await page.waitForLoadState();
  if (size)
    await app.evaluate(({ BrowserWindow }, { width, height }) => BrowserWindow.getAllWindows()[0]?.setContentSize(width, height), size);
  const opening = async (path: string, act: () => Promise<void>) => {
    await app.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
    }, path);
    await act();
  };
  return {
    name: 'desktop',
    app,
    command: [join(dist, 'electron'), ...own],
    page,
    problems,
    opening,
    async saving(act) {
      const path = join(folder, `saved-${Date.now()}`);
      await app.evaluate(({ dialog }, chosen) => {
        dialog.showSaveDialog = (...call: unknown[]) => {
          const options: unknown = call.at(-1);
          const wanted = typeof options === 'object' && options !== null && 'defaultPath' in options ? String(options.defaultPath) : '';
          Object.assign(globalThis, { headscopeSuggested: wanted });
          return Promise.resolve({ canceled: false, filePath: chosen });
        };
      }, path);
      await act();
      const data = await whenThere(path);
      const suggested = await app.evaluate(() => String(Reflect.get(globalThis, 'headscopeSuggested')));
      return { name: basename(suggested), data };
    },
    openSavedRun: (fixtures) => opening(join(fixtures.folder, fixtures.runName), () => runCommand(page, TITLE_OPEN_RUN)),
    async killEngine() {
      process.kill(await enginePid(app), 'SIGKILL');
    },
    async close() {
      // A config with edits asks before it closes; the test has seen what it wanted.
      await app.evaluate(({ dialog }) => {
        dialog.showMessageBoxSync = () => 1;
      });
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function whenThere(path: string): Promise<Buffer> {
  for (let tries = 0; ; tries++) {
    try {
      return await readFile(path);
    } catch (error) {
      if (tries > 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
