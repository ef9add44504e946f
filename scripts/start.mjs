// What `npm start` runs: the desktop application where there is a screen and an Electron for it, otherwise the same interface served
// to a browser, saying why. Arguments after `--` go to whichever starts.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { electronBinary, whyNoWindow } from './electron-binary.mjs';

/** A window that could not open ends within this time, ms. */
const STARTUP_MS = 5_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);

/** Runs to its end, passing signals on; {status, elapsedMs}. */
function run(command, args) {
  const begin = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const pass = (signal) => child.kill(signal);
    process.on('SIGINT', pass);
    process.on('SIGTERM', pass);
    const end = (status) => {
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      resolve({ status, elapsedMs: performance.now() - begin });
    };
    child.on('error', () => end(1));
    child.on('close', (code, signal) => end(signal ? 0 : (code ?? 1)));
  });
}

async function serve(why) {
  process.stdout.write(`${why}\nThe same interface is served to a browser instead.\n`);
  const { status } = await run(process.execPath, [join(root, 'bin', 'headscope.mjs'), 'serve', ...given]);
  return status;
}

async function start() {
  const binary = electronBinary(root);
  const why = whyNoWindow(binary);
  if (why !== null) return serve(why);
  if (!(await buildStale(root, { renderer: true, desktop: true }))) return 1;
  const { status, elapsedMs } = await run(binary, [root, ...given]);
  if (status === 0 || elapsedMs > STARTUP_MS) return status;
  return serve(`The desktop application ended at once (status ${status}), as the lines above say.`);
}

process.exit(await start());
