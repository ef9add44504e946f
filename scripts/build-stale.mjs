// Builds the command line's bundle, the native addon, the interface and the desktop shell where they are missing or older than their sources.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Latest modification time (ms) of the files under `folder` whose names match, 0 when there are none. */
function newest(folder, pattern) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path, pattern));
    else if (pattern.test(entry.name)) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

function built(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

/** Says what is built before it is: a first build takes minutes on a small machine. */
function run(root, script, what) {
  process.stderr.write(`headscope: building ${what} …\n`);
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', script)], { cwd: root, stdio: ['ignore', 2, 2] });
  return status === 0;
}

/** A sentence, or null: this Node is new enough for what package.json asks. */
export function whyNotThisNode(root, version = process.versions.node) {
  const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(engines.node) ?? []).slice(1).map(Number);
  const [ourMajor = 0, ourMinor = 0] = version.split('.').map(Number);
  if (ourMajor > major || (ourMajor === major && ourMinor >= minor)) return null;
  return `Headscope needs Node.js ${major}.${minor} or newer; this is ${version}. Install one from https://nodejs.org/ or your distribution.`;
}

/** True when they are up to date afterwards; failures have been explained on stderr. Interface and shell only where they will be shown. */
export async function buildStale(root, { renderer = false, desktop = false } = {}) {
  const oldNode = whyNotThisNode(root);
  if (oldNode !== null) {
    process.stderr.write(`headscope: ${oldNode}\n`);
    return false;
  }
  if (!existsSync(join(root, 'node_modules', 'vite'))) {
    process.stderr.write('headscope: the dependencies are not installed. Run: npm ci\n');
    return false;
  }
  const cpp = /\.(cc|h|txt)$/;
  const rooms = ['native', join('kernels', 'common'), join('kernels', 'cpu')];
  const native = Math.max(...rooms.map((room) => newest(join(root, room), cpp)));
  if (
    built(join(root, 'build', 'release', 'headscope.node')) < native &&
    !run(root, 'build-native.mjs', 'the native engine (once: one to three minutes)')
  )
    return false;
  const bundle = join(root, 'out', 'cli', 'main.mjs');
  const sources = newest(join(root, 'engine'), /(?<!\.test)\.ts$/);
  if (built(bundle) < sources && !run(root, 'build-cli.mjs', 'the command line')) return false;
  if (desktop) {
    const shell = join(root, 'out', 'desktop', 'main.cjs');
    const parts = Math.max(sources, newest(join(root, 'electron'), /(?<!\.test)\.ts$/));
    if (built(shell) < parts && !run(root, 'build-desktop.mjs', 'the desktop shell')) return false;
  }
  if (!renderer) return true;
  const page = join(root, 'out', 'renderer', 'index.html');
  const shown = Math.max(
    newest(join(root, 'renderer'), /(?<!\.test)\.(tsx?|css|html|svg)$/),
    newest(join(root, 'engine', 'protocol'), /\.ts$/),
  );
  return built(page) >= shown || run(root, 'build-renderer.mjs', 'the interface');
}
