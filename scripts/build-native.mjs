// Builds the native addon, build/release/headscope.node. CMake decides what is out of date; nothing is fetched.
// With --install, as root on Debian, missing build tools are installed first.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

await import('./require-tools.mjs'); // names what is missing and ends the process

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!existsSync(join(root, 'node_modules', 'node-addon-api')) || !existsSync(join(root, 'node_modules', 'node-api-headers'))) {
  process.stderr.write('headscope: the dependencies are not installed. Run: npm ci\n');
  process.exit(1);
}

// cmake's own settings win, so that a small machine can build with fewer processes at once.
const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? String(availableParallelism());
const { status, error } = spawnSync('cmake', [`-DJOBS=${jobs}`, '-P', join(root, 'scripts', 'build-native.cmake')], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
if (error) process.stderr.write(`headscope: cmake did not start: ${error.message}\n`);
if (status !== 0) {
  process.stderr.write('headscope: the native addon was not built; the messages above say why.\n');
  process.exit(1);
}
