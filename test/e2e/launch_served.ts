// The program as `headscope serve` and a browser.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
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
  /** null: it asks for none. */
  token: string | null;
}

export interface ServerRequest {
  /** Offered with --models. */
  models?: string;
  /** 0, the default: a free one. */
  port?: number;
  host?: string;
  /** Folder of a checkout or of a copy of its built parts. */
  program?: string;
}

export async function startServer({ models, port = 0, host, program = root }: ServerRequest = {}): Promise<Server> {
  const command = [join(program, 'out', 'cli', 'main.mjs'), 'serve', '--port', String(port), '--json'];
  if (models) command.push('--models', models);
  if (host) command.push('--host', host);
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const said: { url: string; token?: string } = JSON.parse(line);
    return { process: child, url: said.url, token: said.token ?? null };
  }
  throw new Error('headscope serve ended before it said where it is.');
}

export async function endServer({ process: child }: Server, signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export const launchBrowser = () => chromium.launch({ executablePath: chromiumPath() ?? '', args: CHROMIUM_ARGUMENTS });

export async function newPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(ACTION_TIMEOUT_MS);
  await page.goto(url);
  return page;
}

export interface SessionRequest {
  /** What the browser holds before its first visit. */
  preferences?: object;
  /** As startServer() takes it. */
  program?: string;
}

export async function launchServed(fixtures: Fixtures, { preferences, program = root }: SessionRequest = {}): Promise<Workbench> {
  let server = await startServer({ models: fixtures.folder, program });
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  if (preferences) {
    await context.addInitScript((stored) => {
      if (localStorage.getItem('headscope.preferences') === null) localStorage.setItem('headscope.preferences', stored);
    }, JSON.stringify(preferences));
  }
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
      await endServer(server, 'SIGKILL');
      server = await startServer({ models: fixtures.folder, port, program });
    },
    async close() {
      await browser.close();
      await endServer(server);
    },
  };
}
