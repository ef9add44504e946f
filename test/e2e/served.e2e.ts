import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { axeViolations, coloursOf, map, openHead, shownBudget, slider, untilOpen } from './interface.ts';
import { endServer, launchBrowser, launchServed, newPage, type Server, type ServerRequest, startServer } from './launch_served.ts';
import { copyProgram, type ProgramCopy } from './program_copy.ts';
import { titled, whyNotServed } from './requirements.ts';
import { workbenchSuite } from './workbench_suite.ts';

const why = whyNotServed();

function nameOf(folder: string, pattern: RegExp): string {
  const [name] = readdirSync(folder).filter((file) => pattern.test(file));
  if (!name) throw new Error(`${folder} has no ${pattern}`);
  return name;
}

/** What a build of other sources does to an interface: its scripts go by other hashes, and all that name them say so. */
function rebuild(site: string): void {
  const assets = join(site, 'assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const fresh = (text: string) => scripts.reduce((so, name) => so.replaceAll(name, name.replace(/\.js$/, 'r.js')), text);
  for (const path of [join(site, 'index.html'), ...scripts.map((name) => join(assets, name))]) {
    writeFileSync(path, fresh(readFileSync(path, 'utf8')));
  }
  for (const name of scripts) renameSync(join(assets, name), join(assets, fresh(name)));
}

workbenchSuite('the interface in a browser', why, launchServed);

describe.skipIf(why !== null)(titled('a served host', why), () => {
  let browser: Browser;
  let short: ProgramCopy;
  const servers: Server[] = [];
  const serving = async (request: ServerRequest = {}) => {
    const server = await startServer({ program: short.folder, ...request });
    servers.push(server);
    return server;
  };

  beforeAll(async () => {
    short = copyProgram({ shortExample: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await endServer(server);
    short?.remove();
  });

  it('gives two tabs each their own runs and edits', async () => {
    const { url } = await serving();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const first = await newPage(context, url);
    await untilOpen(first);
    const second = await newPage(context, url);
    await untilOpen(second);
    for (const page of [first, second]) {
      await openHead(page, 1, 0);
      await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    }
    const before = await shownBudget(second);
    await slider(first, 'Slash diagonals').press('PageDown');
    await slider(first, 'Slash diagonals').press('Enter');
    expect(await shownBudget(first)).not.toEqual(before);
    expect(await shownBudget(second)).toEqual(before);
    await first.close();
    await openHead(second, 3, 7);
    const picture = map(second, 3, 7).getByRole('img', { name: 'Attention of L3 H7' });
    await expect.poll(() => coloursOf(picture)).toBeGreaterThan(20);
    expect(await second.getByRole('alert').count()).toBe(0);
    await context.close();
  });

  it('asks for its token beyond loopback, and shows nothing before it', async () => {
    const { url, token } = await serving({ host: '0.0.0.0' });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await newPage(context, url.replace(/\/\/[^:]+:/, '//127.0.0.1:'));
    const banner = page.getByRole('alert').filter({ hasText: 'This server asks for its token.' });
    await banner.waitFor();
    expect((await axeViolations(page)).join('\n')).toBe('');
    const field = banner.getByLabel('Token that the server printed');
    await field.fill('not-the-token-of-this-server');
    await banner.getByRole('button', { name: 'Connect' }).click();
    await banner.filter({ hasText: 'That was not it.' }).waitFor();
    await field.fill(token ?? '');
    await banner.getByRole('button', { name: 'Connect' }).click();
    await untilOpen(page);
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(token);
    await context.close();
  });

  it('stays usable in a window of 700 by 500', async () => {
    const { url } = await serving();
    const context = await browser.newContext({ viewport: { width: 700, height: 500 } });
    const page = await newPage(context, url);
    await untilOpen(page);
    await openHead(page, 1, 0);
    const overflow = await page.evaluate(() => ({
      x: document.documentElement.scrollWidth - window.innerWidth,
      y: document.documentElement.scrollHeight - window.innerHeight,
    }));
    expect(overflow).toEqual({ x: 0, y: 0 });
    const box = await map(page, 1, 0).boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThan(150);
    await page.keyboard.press('i');
    await page.getByRole('complementary', { name: 'Inspector' }).waitFor();
    expect((await axeViolations(page)).join('\n')).toBe('');
    await context.close();
  });

  it('whose interface was rebuilt says so in an open page, which a reload mends', async () => {
    const program = copyProgram({ shortExample: true });
    const assets = join(program.folder, 'out', 'renderer', 'assets');
    const view = nameOf(assets, /^CompareView-.*\.js$/);
    // Not there when the page fetches its views beforehand: as if the page had been closed in that moment, or the network slow.
    renameSync(join(assets, view), join(program.folder, view));
    const { url } = await serving({ program: program.folder });
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await newPage(context, url);
    await untilOpen(page);
    renameSync(join(program.folder, view), join(assets, view));
    rebuild(join(program.folder, 'out', 'renderer'));
    await page.getByRole('tab', { name: 'Compare' }).click();
    await page.getByText('The comparison could not be drawn').waitFor();
    const banner = page.getByRole('alert').filter({ hasText: 'The interface was updated: reload.' });
    await banner.waitFor();
    // Everything else goes on.
    await openHead(page, 1, 0);
    await Promise.all([page.waitForEvent('load'), banner.getByRole('button', { name: 'Reload' }).click()]);
    await untilOpen(page);
    expect(await banner.count()).toBe(0);
    await page.getByRole('tab', { name: 'Compare' }).click();
    await page.getByRole('button', { name: 'Run the prefill with this config' }).waitFor();
    await context.close();
    program.remove();
  });
});
