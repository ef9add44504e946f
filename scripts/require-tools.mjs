// Names what a machine lacks and the line that installs it; with --install, as root on Debian, installs it.
// Without another flag: the build tools. --e2e: what a browser and a window need on a machine without a screen.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const answers = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;
const installed = (name) => () => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status === 0;

/** 'cmake version 3.25.1' -> [3, 25] */
function cmakeVersion() {
  const said = spawnSync('cmake', ['--version'], { encoding: 'utf8' }).stdout ?? '';
  return (/version (\d+)\.(\d+)/.exec(said) ?? []).slice(1).map(Number);
}

const BUILD = [
  { name: 'g++', there: () => answers('g++') },
  { name: 'cmake', there: () => answers('cmake') },
  { name: 'make', there: () => answers('make') },
];
const LIBRARIES = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libcups2',
  'libdrm2',
  'libatk-bridge2.0-0',
  'libatspi2.0-0',
  'libxkbcommon0',
  'libxcomposite1',
  'libxdamage1',
  'libxfixes3',
  'libxrandr2',
  'libpango-1.0-0',
  'libcairo2',
  'libdbus-1-3',
  'fonts-dejavu-core',
];
const E2E = [
  { name: 'chromium', there: () => answers('chromium') },
  { name: 'xvfb', there: () => existsSync('/usr/bin/Xvfb') },
  { name: 'xauth', there: () => existsSync('/usr/bin/xauth') },
  ...LIBRARIES.map((name) => ({ name, there: installed(name) })),
];

const wanted = process.argv.includes('--e2e') ? E2E : BUILD;
const missing = () => wanted.filter(({ there }) => !there()).map(({ name }) => name);

const lacking = missing();
const [major = 0, minor = 0] = wanted === BUILD && !lacking.includes('cmake') ? cmakeVersion() : [9];
if (major < 3 || (major === 3 && minor < 25)) {
  process.stderr.write(`CMake ${major}.${minor} is here; 3.25 or newer is needed. Where the distribution has none: pip install cmake\n`);
  process.exit(1);
}
if (lacking.length > 0) {
  const line = `apt-get update && apt-get install -y --no-install-recommends ${lacking.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  if (process.argv.includes('--install') && isRoot && answers('apt-get')) {
    process.stderr.write(`Installing what is missing: ${line}\n`);
    spawnSync('sh', ['-c', line], { stdio: ['ignore', 2, 2] });
  }
  const still = missing();
  if (still.length > 0) {
    process.stderr.write(`Missing: ${still.join(', ')}. Install with:\n  ${isRoot ? '' : 'sudo '}sh -c '${line}'\n`);
    process.exit(1);
  }
}
