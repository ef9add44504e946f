// Dense prefill, ours and PyTorch's in turn on the same tokens and threads; medians and the ratio of medians.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const THREADS = 2;
const ROUNDS = 5;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Ids that walk the vocabulary without a pattern: time does not depend on them. */
function tokens(n, vocab) {
  let state = 12345;
  return Array.from({ length: n }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 100 + (state % (vocab - 200));
  });
}

function startPeer(python, model, file) {
  const child = spawn(python, [join(here, 'torch_prefill.py'), model, file, String(THREADS)], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    ready: async () => (await lines.next()).value === 'ready',
    prefill: async () => {
      child.stdin.write('go\n');
      return JSON.parse((await lines.next()).value);
    },
    close: () => child.stdin.end(),
  };
}

function ours(root, model, file, out) {
  const args = [
    'bin/headscope.mjs',
    'prefill',
    '--model',
    model,
    '--tokens',
    file,
    '--threads',
    String(THREADS),
    '--timings',
    '--logits-last',
    '--logits',
    out,
    '--json',
  ];
  const { stdout, status } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`headscope prefill failed: ${stdout}`);
  return JSON.parse(stdout);
}

/** Prints a row a length; false when the peer could not run. */
export async function benchPrefill({ root, model }) {
  const python = process.env.HEADSCOPE_BENCH_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import torch, transformers']).status !== 0) {
    process.stdout.write('not measured: needs Python with torch and transformers (set HEADSCOPE_BENCH_PYTHON)\n');
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-'));
  process.stdout.write(
    'tokens   ours s   torch s   torch / ours   (medians of 5, in turn, 2 threads; ours also keeps LSE and overviews)\n',
  );
  try {
    for (const n of [512, 2048, 4096]) {
      const file = join(folder, `${n}.json`);
      writeFileSync(file, JSON.stringify(tokens(n, 49152)));
      const peer = startPeer(python, model, file);
      if (!(await peer.ready())) throw new Error('the PyTorch peer did not start');
      await peer.prefill();
      const a = [];
      const b = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        a.push(ours(root, model, file, join(folder, 'logits.npy')).totalMs / 1000);
        b.push((await peer.prefill()).seconds);
      }
      peer.close();
      process.stdout.write(
        `${String(n).padStart(6)}   ${median(a).toFixed(2).padStart(6)}   ${median(b).toFixed(2).padStart(7)}   ${(median(b) / median(a)).toFixed(2).padStart(12)}\n`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
}
