// npm run bench [-- part ...]: every figure of the engine beside its peer or its bound, measured in this run. Parts: kernels, prefill, product, ui.
// HEADSCOPE_BENCH_PYTHON names a Python with torch and transformers; HEADSCOPE_BENCH_MODEL a SmolLM2-135M folder (npm run test:real leaves one).
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchPrefill } from './prefill/prefill.mjs';
import { benchProduct } from './product.mjs';
import { chromiumPath } from './ui/browser.mjs';
import { benchUi } from './ui/ui.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const asked = process.argv.slice(2);
const wanted = (part) => asked.length === 0 || asked.includes(part);
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0;

let ok = true;
if (wanted('kernels')) {
  const quiet = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  const built =
    spawnSync('cmake', ['--preset', 'bench', '-Wno-dev'], quiet).status === 0 &&
    spawnSync('cmake', ['--build', '--preset', 'bench', '-j', '2'], quiet).status === 0;
  if (!built) process.exit(1);
  const folder = join(root, 'build', 'bench', 'bench');
  for (const name of readdirSync(folder).filter((file) => /_bench$/.test(file))) {
    process.stdout.write(`\n== ${name}\n`);
    ok = run(join(folder, name), []) && ok;
  }
}
const model = process.env.HEADSCOPE_BENCH_MODEL ?? join(root, 'build', 'real', 'smollm2');
if (wanted('prefill')) {
  process.stdout.write('\n== dense prefill against transformers + PyTorch and llama.cpp\n');
  ok = (await benchPrefill({ root, model })) && ok;
}
if (wanted('product')) {
  process.stdout.write('\n== the product on the demo model\n');
  ok = (await benchProduct({ root })) && ok;
}
if (wanted('ui')) {
  process.stdout.write('\n== the interface in Chromium with software graphics\n');
  if (chromiumPath()) ok = (await benchUi({ root, parts: [] })) && ok;
  else process.stdout.write('not measured: no Chromium (HEADSCOPE_CHROMIUM names one)\n');
}
process.exit(ok ? 0 : 1);
