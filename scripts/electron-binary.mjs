// Where an Electron executable lies, without fetching one, and what keeps a window from opening.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = { linux: 'electron', win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' };

/** Path, or null where none is there. ELECTRON_OVERRIDE_DIST_PATH names a folder that holds one. */
export function electronBinary(root, environment = process.env, platform = process.platform) {
  const folder = join(root, 'node_modules', 'electron');
  const pathFile = join(folder, 'path.txt');
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : (NAMES[platform] ?? 'electron');
  const path = join(environment.ELECTRON_OVERRIDE_DIST_PATH || join(folder, 'dist'), name);
  return existsSync(path) ? path : null;
}

/** A sentence, or null where a window can open. */
export function whyNoWindow(binary, environment = process.env, platform = process.platform, isRoot = process.getuid?.() === 0) {
  if (platform === 'linux' && !environment.DISPLAY && !environment.WAYLAND_DISPLAY) {
    return 'The desktop application needs a screen, and neither DISPLAY nor WAYLAND_DISPLAY is set.';
  }
  if (binary === null) return 'The desktop application needs an Electron executable, and none is here. Fetch it with: npx install-electron';
  if (platform === 'linux' && isRoot) return 'The desktop application does not run as root: Chromium keeps its sandbox.';
  return null;
}
