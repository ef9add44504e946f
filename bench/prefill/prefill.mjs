// Dense prefill, ours and other engines' in turn on the same tokens and threads: medians, the ratios of medians, and how far the last
// token's logits are apart. Ours is float32 with the file's bfloat16 weights; so is PyTorch's float32. PyTorch's bfloat16 and llama.cpp
// round activations, which is less exact.
// HEADSCOPE_BENCH_LENGTHS=1024,2048, HEADSCOPE_BENCH_ROUNDS=1, HEADSCOPE_BENCH_ONLY=Qwen2 and HEADSCOPE_BENCH_PEERS="torch f32" measure less.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { floats, peersOf, startPeer } from './peers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const THREADS = 2;
const LENGTHS = (process.env.HEADSCOPE_BENCH_LENGTHS ?? '1024,2048,4096,8192').split(',').map(Number);
const ROUNDS = Number(process.env.HEADSCOPE_BENCH_ROUNDS ?? 3);

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Ids that walk the vocabulary without a pattern: time does not depend on them. */
function tokens(n, vocab) {
  let state = 12345;
  return Array.from({ length: n }, () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return 100 + (state % (vocab - 200));
  });
}

function ours(root, model, file, out) {
  const asked = ['--model', model, '--tokens', file, '--threads', String(THREADS), '--logits-last', '--logits', out, '--json'];
  const { stdout, status } = spawnSync(process.execPath, ['bin/headscope.mjs', 'prefill', ...asked], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`headscope prefill failed: ${stdout}`);
  const npy = readFileSync(out);
  return { seconds: JSON.parse(stdout).totalMs / 1000, logits: floats(npy, 10 + npy.readUInt16LE(8)) };
}

/** The folder of a random model of Qwen2-0.5B's shape, made once. */
function randomQwen2(root, python) {
  const folder = join(root, 'build', 'bench', 'qwen2-0.5b-random');
  if (!existsSync(join(folder, 'model.safetensors')))
    spawnSync(python, [join(here, 'random_qwen2.py'), folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  return folder;
}

/** The largest difference, as a share of the largest logit. */
function distance(a, b) {
  const most = a.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - b[index])), 0) / most;
}

/** Our median seconds, and of every peer its name, median seconds and distance from our logits. */
async function measure(place, peers, file, folder) {
  const running = [];
  try {
    for (const peer of peers) running.push(await startPeer(peer, place, file, THREADS, folder));
    const mine = [];
    const theirs = running.map(({ name }) => ({ name, seconds: [] }));
    for (let round = 0; round < ROUNDS; round += 1) {
      const { seconds, logits } = ours(place.root, place.model, file, join(folder, 'logits.npy'));
      mine.push(seconds);
      for (const [index, peer] of running.entries()) {
        const answer = await peer.prefill();
        theirs[index].seconds.push(answer.seconds);
        if (answer.logits) theirs[index].apart = distance(logits, answer.logits);
      }
    }
    return { seconds: median(mine), peers: theirs.map((peer) => ({ ...peer, seconds: median(peer.seconds) })) };
  } finally {
    for (const peer of running) peer.close();
  }
}

/** Prints a row a model, length and peer. */
export async function benchPrefill({ root, model }) {
  const python = process.env.HEADSCOPE_BENCH_PYTHON ?? 'python3';
  const peers = peersOf(python, process.env.HEADSCOPE_BENCH_PEERS?.split(','));
  const models = [
    ['SmolLM2-135M', () => model],
    ['Qwen2-0.5B shape', () => randomQwen2(root, python)],
  ];
  const asked = process.env.HEADSCOPE_BENCH_ONLY;
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-'));
  process.stdout.write(`medians of ${ROUNDS}, in turn, ${THREADS} threads; apart: the last token's logits, as a share of the largest\n`);
  process.stdout.write('model             tokens   ours s   peer         seconds   peer / ours     apart\n');
  try {
    for (const [name, folderOf] of models.filter(([name]) => asked === undefined || name.startsWith(asked))) {
      const path = folderOf();
      if (!existsSync(join(path, 'config.json'))) {
        process.stdout.write(`${name.padEnd(16)}  not measured: no model at ${path} (npm run test:real makes SmolLM2)\n`);
        continue;
      }
      for (const n of LENGTHS) {
        const file = join(folder, `${n}.json`);
        writeFileSync(file, JSON.stringify(tokens(n, 49152)));
        const mine = await measure({ root, python, model: path }, peers, file, folder);
        const head = `${name.padEnd(16)}  ${String(n).padStart(6)}  ${mine.seconds.toFixed(2).padStart(7)}`;
        if (mine.peers.length === 0) process.stdout.write(`${head}\n`);
        for (const peer of mine.peers) {
          const cells = [peer.seconds.toFixed(2).padStart(7), (peer.seconds / mine.seconds).toFixed(2).padStart(12)];
          process.stdout.write(`${head}   ${peer.name.padEnd(11)}  ${cells.join('  ')}  ${peer.apart.toExponential(1).padStart(8)}\n`);
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return true;
}
