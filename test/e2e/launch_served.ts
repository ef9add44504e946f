// The program as `headscope serve` and a browser.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright-core';
import type { Fixtures } from './fixtures.ts';
import { openFromLibrary } from './interface.ts';
import { chromiumPath, root } from './requirements.ts';
import { ACTION_TIMEOUT_MS, collectProblems, type Workbench } from './workbench.ts';

/** Software graphics, so that machines with and without a GPU show the same; Chromium's sandbox refuses root. */
export const CHROMIUM_ARGUMENTS = [
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export interface Server {
  process: ChildProcess;
  url: string;
}

/** `port` 0: a free one. */
export async function startServer(models: string, port: number): Promise<Server> {
  const command = [join(root, 'out', 'cli', 'main.mjs'), 'serve', '--port', String(port), '--models', models, '--json'];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said === 'object' && said !== null && 'url' in said) return { process: child, url: String(said.url) };
  }
  throw new Error('headscope serve ended before it said where it is.');
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export async function launchServed(fixtures: Fixtures, size = { width: 1440, height: 900 }): Promise<Workbench> {
  let server = await startServer(fixtures.folder, 0);
  const browser = await chromium.launch({ executablePath: chromiumPath() ?? '', args: CHROMIUM_ARGUMENTS });
  const context = await browser.newContext({ viewport: size, acceptDownloads: true });
  const page = await context.newPage();
  page.setDefaultTimeout(ACTION_TIMEOUT_MS);
  const problems = collectProblems(page);
  await page.goto(server.url);
  return {
    name: 'served',
    page,
    problems,
    async opening(path, act) {
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), act()]);
      await chooser.setFiles(path);
    },
    async saving(act) {
      const [download] = await Promise.all([page.waitForEvent('download'), act()]);
      return { name: download.suggestedFilename(), data: await readFile(await download.path()) };
    },
    openSavedRun: ({ runName }) => openFromLibrary(page, runName),
    async killEngine() {
      const port = Number(new URL(server.url).port);
      await end(server.process, 'SIGKILL');
      server = await startServer(fixtures.folder, port);
    },
    async close() {
      await browser.close();
      await end(server.process, 'SIGINT');
    },
  };
}
