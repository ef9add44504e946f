// The process around the command line: streams, signals, the engine in this process.

import { VERSION } from '../../service/build.ts';
import { EXIT, runCli } from './cli.ts';
import type { Output } from './io.ts';

/** A reader that went away (`| head`) is no error of ours: the work is finished, its words are dropped. A full disk is one: the
 * answer is lost, and the status says so. */
function quietly(stream: NodeJS.WriteStream): Output {
  let gone = false;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!gone && error.code !== 'EPIPE') {
      process.once('exit', () => {
        process.exitCode = EXIT.failure;
      });
      if (stream === process.stdout)
        process.stderr.write(`headscope: the output cannot be written: ${error.message} [FILE_WRITE_FAILED]\n`);
    }
    gone = true;
  });
  return {
    write: (text) => {
      if (!gone) stream.write(text);
    },
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

/** npm passes on the Ctrl+C that the terminal has sent to every process already: so close together they are one press. */
const ONE_PRESS_MS = 1_000;
const stop = new AbortController();
let stoppedAt = 0;
let finished = false;
const interrupt = () => {
  if (stop.signal.aborted && performance.now() - stoppedAt < ONE_PRESS_MS) return;
  // A second one does not wait for the clean-up; after the end there is nothing left to wait for.
  if (stop.signal.aborted || finished) process.exit(finished ? process.exitCode : EXIT.interrupted);
  stoppedAt = performance.now();
  stop.abort();
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);

process.exitCode = await runCli(
  process.argv.slice(2),
  { stdin: process.stdin, stdout: quietly(process.stdout), stderr: quietly(process.stderr), signal: stop.signal },
  {
    version: VERSION,
    // Loaded on demand: --help answers before any engine is there.
    connect: async () => (await import('./local_engine.ts')).connectLocalEngine(),
  },
);
finished = true;
