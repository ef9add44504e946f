// Dense prefill, ours and PyTorch's in turn on the same tokens and threads; medians and the ratio of medians. Ours is float32 with the
// file's bfloat16 weights; PyTorch runs once in float32 and once in bfloat16, which is less exact.
// HEADSCOPE_BENCH_LENGTHS=1024,2048, HEADSCOPE_BENCH_ROUNDS=1 and HEADSCOPE_BENCH_ONLY=Qwen2 measure less.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const THREADS = 2;
const LENGTHS = (process.env.HEADSCOPE_BENCH_LENGTHS ?? '1024,2048,4096,8192').split(',').map(Number);
const ROUNDS = Number(process.env.HEADSCOPE_BENCH_ROUNDS ?? 3);
const PEER_TYPES = ['float32', 'bfloat16'];

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Ids that walk the vocabulary without a pattern: time does not depend on them. */
function tokens(n, vocab) {
  let state = 12345;
  return Array.from({ length: n }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 100 + (state % (vocab - 200));
  });
}

function startPeer(python, model, file, type) {
  const child = spawn(python, [join(here, 'torch_prefill.py'), model, file, String(THREADS), type], { stdio: ['pipe', 'pipe', 'ignore'] });
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

/** The folder of a random model of Qwen2-0.5B's shape, made once. */
function randomQwen2(root, python) {
  const folder = join(root, 'build', 'bench', 'qwen2-0.5b-random');
  if (!existsSync(join(folder, 'model.safetensors')))
    spawnSync(python, [join(here, 'random_qwen2.py'), folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

async function measure(root, python, model, file, folder) {
  const peers = [];
  for (const type of PEER_TYPES) {
    const peer = startPeer(python, model, file, type);
    if (!(await peer.ready())) throw new Error('the PyTorch peer did not start');
    peers.push(peer);
  }
  const seconds = [[], ...peers.map(() => [])];
  for (let round = 0; round < ROUNDS; round += 1) {
    seconds[0].push(ours(root, model, file, join(folder, 'logits.npy')).totalMs / 1000);
    for (const [index, peer] of peers.entries()) seconds[index + 1].push((await peer.prefill()).seconds);
  }
  for (const peer of peers) peer.close();
  return seconds.map(median);
}

/** Prints a row a model and length; false when the peer could not run. */
export async function benchPrefill({ root, model }) {
  const python = process.env.HEADSCOPE_BENCH_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import torch, transformers']).status !== 0) {
    process.stdout.write('not measured: needs Python with torch and transformers (set HEADSCOPE_BENCH_PYTHON)\n');
    return true;
  }
  const models = [
    ['SmolLM2-135M', model],
    ['Qwen2-0.5B shape', randomQwen2(root, python)],
  ];
  const asked = process.env.HEADSCOPE_BENCH_ONLY;
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-'));
  process.stdout.write(`medians of ${ROUNDS}, in turn, ${THREADS} threads; ours also keeps LSE and overviews\n`);
  process.stdout.write('model             tokens   ours s   torch f32 s   torch bf16 s   f32 / ours   bf16 / ours\n');
  try {
    for (const [name, path] of models.filter(([name]) => asked === undefined || name.startsWith(asked))) {
      if (!existsSync(join(path, 'config.json'))) {
        process.stdout.write(`${name.padEnd(16)}  not measured: no model at ${path} (npm run test:real makes SmolLM2)\n`);
        continue;
      }
      for (const n of LENGTHS) {
        const file = join(folder, `${n}.json`);
        writeFileSync(file, JSON.stringify(tokens(n, 49152)));
        const [a, f32, bf16] = await measure(root, python, path, file, folder);
        const cells = [
          [n, 6, 0],
          [a, 7, 2],
          [f32, 12, 2],
          [bf16, 13, 2],
          [f32 / a, 11, 2],
          [bf16 / a, 12, 2],
        ];
        process.stdout.write(`${name.padEnd(16)}  ${cells.map(([x, width, digits]) => x.toFixed(digits).padStart(width)).join('  ')}\n`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
}
