// What an end-to-end test needs of the machine; a sentence where it is not there. Each is printed and counted as skipped.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a Chromium, or null. HEADSCOPE_CHROMIUM names one. */
export function chromiumPath(): string | null {
  const asked = process.env.HEADSCOPE_CHROMIUM;
  return [...(asked ? [asked] : []), ...CHROMIUM].find((path) => existsSync(path)) ?? null;
}

/** The folder of the tests' Electron (scripts/get-test-electron.sh), or null. HEADSCOPE_TEST_ELECTRON names one. */
export function electronFolder(): string | null {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const folder = process.env.HEADSCOPE_TEST_ELECTRON || join(cache, 'headscope', 'test-electron');
  return existsSync(join(folder, 'version')) && readFileSync(join(folder, 'version'), 'utf8').trim() !== '' ? folder : null;
}

const built = (...parts: string[]) => existsSync(join(root, 'out', ...parts));
const screen = () => process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;

/** A sentence, or null where the served interface can be tested. */
export function whyNotServed(): string | null {
  if (!built('renderer', 'index.html') || !built('cli', 'main.mjs')) return 'the interface is not built (npm run build)';
  return chromiumPath() === null ? 'no Chromium (node scripts/require-tools.mjs --e2e names it)' : null;
}

export function whyNotDesktop(): string | null {
  if (!built('renderer', 'index.html') || !built('desktop', 'main.cjs')) return 'the desktop application is not built (npm run build)';
  if (electronFolder() === null) return 'no Electron for tests (scripts/get-test-electron.sh)';
  return screen() ? null : 'no screen (run under xvfb-run)';
}

export function whyNotPackaged(): string | null {
  if (!existsSync(join(root, 'packaging', 'node_modules', 'electron-builder'))) return 'no electron-builder (npm ci --prefix packaging)';
  return whyNotDesktop();
}

/** A describe() title that says why it is skipped. */
export function titled(name: string, why: string | null): string {
  if (why !== null) process.stderr.write(`SKIPPED ${name}: ${why}\n`);
  return why === null ? name : `${name} (skipped: ${why})`;
}
