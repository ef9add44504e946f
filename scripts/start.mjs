// What `npm start` runs: the desktop application where there is a screen and an Electron for it, otherwise the same interface served
// to a browser, saying why. Arguments after `--` go to whichever starts.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildStale } from './build-stale.mjs';
import { electronBinary, whyNoWindow } from './electron-binary.mjs';

/** A window that could not open ends within this time, ms. */
const STARTUP_MS = 5_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const given = process.argv.slice(2);

/** Runs to its end; {status, elapsedMs}. Ctrl+C reaches it from the terminal as it reaches us: it decides when to end. */
function runToEnd(command, args) {
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
    child.on('error', (error) => {
      process.stderr.write(`${command} did not start: ${error.message}\n`);
      end(1);
    });
    child.on('close', (code, signal) => end(signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : (code ?? 1)));
  });
}

/** In this process, so that a signal has one receiver and the exit status is the server's own. */
async function serve(why) {
  process.stdout.write(`${why}\nThe same interface is served to a browser instead.\n`);
  const program = join(root, 'bin', 'headscope.mjs');
  process.argv = [process.execPath, program, 'serve', ...given];
  await import(pathToFileURL(program).href);
}

const binary = electronBinary(root);
const why = whyNoWindow(binary);
if (why !== null) {
  await serve(why);
} else if (!(await buildStale(root, { renderer: true, desktop: true }))) {
  process.exitCode = 1;
} else {
  process.stdout.write('Opening the desktop application. The same interface for a browser: npx headscope serve\n');
  const { status, elapsedMs } = await runToEnd(binary, [root, ...given]);
  if (status === 0 || elapsedMs > STARTUP_MS) process.exitCode = status;
  else await serve(`The desktop application ended at once (status ${status}), as the lines above say.`);
}
