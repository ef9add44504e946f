// A real language model against PyTorch: SmolLM2-135M-Instruct, 1,024 tokens through the command line, compared with
// test/golden/smollm2 (transformers, float32). Not part of `npm test`: the first run needs Python and downloads 93 MB.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const model = join(root, 'build', 'real', 'smollm2');
const goldenFolder = join(root, 'test', 'golden', 'smollm2');
const LIMITS = { logits: 2e-3, lse: 4e-4, hidden: 1e-4 };

function stop(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

/** The Python that has what the converter imports, or a sentence that says what to install. */
function python() {
  const candidates = [process.env.PYTHON, 'python3', 'python'].filter(Boolean);
  for (const candidate of candidates) {
    if (spawnSync(candidate, ['-c', 'import numpy, gguf, safetensors, pip'], { stdio: 'ignore' }).status === 0) return candidate;
  }
  return stop(
    'test:real builds its model with Python, which needs numpy, gguf, safetensors and pip. Install them in an environment of their own:\n' +
      '  python3 -m venv build/real/venv && build/real/venv/bin/pip install numpy gguf safetensors\n' +
      '  PYTHON=build/real/venv/bin/python npm run test:real',
  );
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
const wanted = JSON.parse(readFileSync(join(goldenFolder, 'source.json'), 'utf8'))['model.safetensors sha256'];

function ensureModel() {
  const weights = join(model, 'model.safetensors');
  if (existsSync(weights) && sha256(weights) === wanted) return;
  const fresh = `${model}.${process.pid}`;
  mkdirSync(dirname(model), { recursive: true });
  const made = spawnSync(python(), [join(root, 'test', 'real', 'smollm2_to_hf.py'), '--out', fresh], { stdio: 'inherit' });
  if (made.status !== 0) stop('The checkpoint could not be made; see above.');
  if (sha256(join(fresh, 'model.safetensors')) !== wanted) stop(`The weights made are not those of the goldens (sha256 ${wanted}).`);
  rmSync(model, { recursive: true, force: true });
  renameSync(fresh, model);
}

/** Arrays of a safetensors file of float32 and int32. */
function readSafetensors(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...entries } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  return Object.fromEntries(
    Object.entries(entries).map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [begin, end],
        },
      ]) => {
        const copy = new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end)).buffer;
        return [name, { shape, data: dtype === 'F32' ? new Float32Array(copy) : new Int32Array(copy) }];
      },
    ),
  );
}

/** A little-endian float32 .npy of format 1.0. */
function readNpy(file) {
  const bytes = readFileSync(file);
  const header = bytes.toString('latin1', 10, 10 + bytes.readUInt16LE(8));
  if (bytes.toString('latin1', 0, 6) !== '\x93NUMPY' || !/'descr': '<f4'.*'fortran_order': False/.test(header))
    stop(`${file} is not a float32 .npy`);
  const shape = /\(([^)]*)\)/
    .exec(header)[1]
    .split(',')
    .filter((part) => part.trim())
    .map(Number);
  const data = new Float32Array(new Uint8Array(bytes.subarray(10 + bytes.readUInt16LE(8))).buffer);
  if (data.length !== shape.reduce((a, b) => a * b, 1)) stop(`${file} does not hold its shape [${shape}]`);
  return { shape, data };
}

ensureModel();
const golden = readSafetensors(join(goldenFolder, 'golden.safetensors'));
const work = mkdtempSync(join(tmpdir(), 'headscope-real-'));
let failed = 0;
function check(what, found, limit) {
  const ok = found <= limit;
  if (!ok) failed += 1;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${what}: ${found.toExponential(2)} (limit ${limit})\n`);
}

try {
  const files = { logits: join(work, 'logits.npy'), lse: join(work, 'lse.npy'), hidden: join(work, 'hidden.npy') };
  writeFileSync(join(work, 'ids.json'), JSON.stringify(Array.from(golden.tokens.data)));
  const args = [
    'prefill',
    '--model',
    model,
    '--tokens',
    join(work, 'ids.json'),
    '--logits',
    files.logits,
    '--lse',
    files.lse,
    '--hidden',
    files.hidden,
  ];
  const ran = spawnSync(process.execPath, [join(root, 'bin', 'headscope.mjs'), ...args, '--timings'], { stdio: 'inherit' });
  if (ran.status !== 0) stop(`headscope prefill ended with ${ran.status}`);

  const logits = readNpy(files.logits);
  const vocab = logits.shape[1];
  const rows = golden.rows.data;
  const n = golden.tokens.data.length;
  let worst = 0;
  let disagreements = 0;
  golden.last_ids.data.forEach((id, at) => {
    worst = Math.max(worst, Math.abs(logits.data[(n - 1) * vocab + id] - golden.last_logits.data[at]));
  });
  check('last row, 64 largest logits, max abs error', worst, LIMITS.logits);
  worst = 0;
  const kept = golden.row_ids.shape[1];
  rows.forEach((row, place) => {
    const mine = logits.data.subarray(row * vocab, (row + 1) * vocab);
    for (let at = 0; at < kept; at += 1) {
      worst = Math.max(worst, Math.abs(mine[golden.row_ids.data[place * kept + at]] - golden.row_logits.data[place * kept + at]));
    }
    const largest = mine.reduce((a, b) => Math.max(a, b));
    // A most likely token within the tolerance of theirs is a tie.
    if (largest - mine[golden.row_ids.data[place * kept]] > LIMITS.logits) disagreements += 1;
  });
  check(`${rows.length} rows, 32 largest logits, max abs error`, worst, LIMITS.logits);
  check('top-1 disagreements away from ties', disagreements, 0);

  const lse = readNpy(files.lse);
  const heads = lse.shape[0] * lse.shape[1];
  worst = 0;
  for (let head = 0; head < heads; head += 1) {
    rows.forEach((row, place) => {
      worst = Math.max(worst, Math.abs(lse.data[head * n + row] - golden.lse.data[head * rows.length + place]));
    });
  }
  check(`LSE of ${heads} heads, max abs error`, worst, LIMITS.lse);

  const hidden = readNpy(files.hidden);
  const width = hidden.shape[2];
  golden.hidden_layers.data.forEach((layer, place) => {
    let difference = 0;
    let norm = 0;
    for (let at = 0; at < width; at += 1) {
      const theirs = golden.hidden.data[place * width + at];
      difference += (hidden.data[(layer * n + n - 1) * width + at] - theirs) ** 2;
      norm += theirs ** 2;
    }
    check(`hidden state before layer ${layer}, relative error`, Math.sqrt(difference / norm), LIMITS.hidden);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exit(failed === 0 ? 0 : 1);
