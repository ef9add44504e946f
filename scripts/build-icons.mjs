// The application's icon as PNGs (assets/icons/NxN.png), drawn from assets/icons/headscope.svg by Chromium. Run after changing the
// source; what it makes is committed, so that nothing else needs a browser to build.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** What desktops ask for, from a title bar to a launcher. */
const SIDES = [16, 32, 48, 64, 128, 256, 512];
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'assets', 'icons');
const executablePath = [process.env.HEADSCOPE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path && existsSync(path),
);
if (!executablePath) {
  process.stderr.write('build-icons: there is no Chromium here; node scripts/require-tools.mjs --e2e says how to get one.\n');
  process.exit(1);
}
const source = readFileSync(join(folder, 'headscope.svg')).toString('base64');
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
const page = await browser.newPage();
let bytes = 0;
for (const side of SIDES) {
  await page.setViewportSize({ width: side, height: side });
  await page.setContent(
    `<style>*{margin:0}img{display:block;width:${side}px;height:${side}px}</style><img src="data:image/svg+xml;base64,${source}">`,
  );
  const picture = await page.screenshot({ omitBackground: true });
  writeFileSync(join(folder, `${side}x${side}.png`), picture);
  bytes += picture.length;
}
await browser.close();
process.stdout.write(`${SIDES.length} pictures of ${bytes.toLocaleString('en-US')} bytes in ${folder}\n`);
