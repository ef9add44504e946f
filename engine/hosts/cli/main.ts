// The process around the command line: streams, signals, the engine in this process.

import { fstatSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { HeadscopeError } from '../../protocol/errors.ts';
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
    get gone() {
      return gone;
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

/** Standard input until its end or until the user asks to stop. Node takes a folder for one that is empty. */
async function* standardInput(): AsyncGenerator<Uint8Array> {
  if (fstatSync(0).isDirectory()) throw new HeadscopeError('FILE_UNREADABLE', 'Cannot read standard input: it is a folder.');
  yield* addAbortSignal(stop.signal, process.stdin);
}

process.exitCode = await runCli(
  process.argv.slice(2),
  { stdin: standardInput(), stdout: quietly(process.stdout), stderr: quietly(process.stderr), signal: stop.signal },
  {
    version: VERSION,
    // Loaded on demand: --help answers before any engine is there.
    connect: async () => (await import('./local_engine.ts')).connectLocalEngine(),
  },
);
finished = true;
