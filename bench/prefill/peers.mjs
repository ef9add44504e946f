// The other engines of bench/prefill: what starts each of them on a model folder. One process a peer, which serves prefills one at a time.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

/** Every peer: its name in the table, the Python packages it needs, and its command for a model folder. */
const PEERS = [
  { name: 'torch f32', needs: 'torch, transformers', command: ({ model }) => ['torch_prefill.py', model, 'float32'] },
  { name: 'torch bf16', needs: 'torch, transformers', command: ({ model }) => ['torch_prefill.py', model, 'bfloat16'] },
  { name: 'llama f16', needs: 'llama_cpp, gguf, safetensors, torch', command: (place) => ['llama_prefill.py', gguf(place, 'f16')] },
  { name: 'llama bf16', needs: 'llama_cpp, gguf, safetensors, torch', command: (place) => ['llama_prefill.py', gguf(place, 'bf16')] },
];

/** The model's weights as GGUF, converted once. */
function gguf({ root, python, model }, type) {
  const file = join(root, 'build', 'bench', 'gguf', `${basename(model)}-${type}.gguf`);
  if (existsSync(file)) return file;
  mkdirSync(dirname(file), { recursive: true });
  const made = spawnSync(python, [join(here, 'to_gguf.py'), model, `${file}.part`, type], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (made.status !== 0) throw new Error(`${model} could not be converted to GGUF`);
  renameSync(`${file}.part`, file);
  return file;
}

/** Those of the wanted peers (all where undefined) whose packages this Python has; a line for each that it lacks. */
export function peersOf(python, wanted) {
  const has = new Map();
  return PEERS.filter(({ name, needs }) => {
    if (wanted && !wanted.includes(name)) return false;
    if (!has.has(needs)) has.set(needs, spawnSync(python, ['-c', `import ${needs}`], { stdio: 'ignore' }).status === 0);
    if (!has.get(needs)) process.stdout.write(`${name} not measured: ${python} has not all of ${needs} (HEADSCOPE_BENCH_PYTHON)\n`);
    return has.get(needs);
  });
}

/** A peer that is ready. `prefill` gives its seconds and, of the first call, the last token's logits. */
export async function startPeer({ name, command }, place, tokensFile, threads, folder) {
  const [script, model, ...more] = command(place);
  const child = spawn(place.python, [join(here, script), model, tokensFile, String(threads), ...more], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') throw new Error(`the peer ${name} did not start`);
  const logitsFile = join(folder, `${name.replace(' ', '-')}.f32`);
  let calls = 0;
  return {
    name,
    prefill: async () => {
      calls += 1;
      child.stdin.write(calls === 1 ? `${logitsFile}\n` : '\n');
      const { value } = await lines.next();
      if (value === undefined) throw new Error(`the peer ${name} ended`);
      return { ...JSON.parse(value), ...(calls === 1 ? { logits: floats(readFileSync(logitsFile), 0) } : {}) };
    },
    close: () => child.stdin.end(),
  };
}

/** The float32 of a file from a byte on. */
export function floats(bytes, from) {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + bytes.length));
}
