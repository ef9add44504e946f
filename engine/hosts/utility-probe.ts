// Tries the native addon in an Electron utility process of its own before the desktop's engine loads it: a missing library, an
// instruction the processor lacks or a crash costs this process and becomes a sentence.

import { findAddon, loadAddon } from '../native/load.ts';
import { errorToBody } from '../protocol/envelope.ts';

const ROWS = 100;
const HEAD_DIM = 64;
const VALUE = 0.125;

interface ParentPort {
  postMessage(message: { kind: 'worked' } | { kind: 'failed'; reason: string }): void;
}

function parentPort(): ParentPort {
  if ('parentPort' in process && process.parentPort) return process.parentPort as ParentPort; // Electron's addition to Node's process
  throw new Error('This is started by the desktop application, as a utility process.');
}

/** One small attention reaches the kernels of this processor and the engine's threads. Equal keys make its log-sum-exp known. */
async function tryAddon(): Promise<void> {
  const addon = loadAddon(findAddon());
  const ones = () => new Float32Array(ROWS * HEAD_DIM).fill(VALUE);
  const layer = addon.captureLayer(ones(), ones(), ones(), { heads: 1, kvHeads: 1, headDim: HEAD_DIM, rows: ROWS, scale: VALUE });
  const lse = new Float32Array(ROWS);
  await layer.lse(0, lse, 2).promise;
  const wanted = VALUE * VALUE * VALUE * HEAD_DIM + Math.log(ROWS);
  const got = lse[ROWS - 1] ?? Number.NaN;
  if (!(Math.abs(got - wanted) < 1e-3)) {
    throw new Error(`The native engine computes nonsense on this processor (${got} for ${wanted}). Try HEADSCOPE_CPU_ISA=portable.`);
  }
}

const port = parentPort();
tryAddon()
  .then(
    () => port.postMessage({ kind: 'worked' }),
    (error: unknown) => port.postMessage({ kind: 'failed', reason: errorToBody(error).message }),
  )
  // Left to itself: the message is on its way, and nothing keeps the process alive but the port.
  .finally(() => setTimeout(() => process.exit(0), 1_000));
