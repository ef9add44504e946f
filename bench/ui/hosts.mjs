// The two engines that the interface is measured on: the real one on a saved run of 8K tokens, and the synthetic one.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';

/** A program that prints {"url"} on its first line and stays until it is stopped. */
async function start(command) {
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line);
    return {
      url,
      async stop() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'exit');
      },
    };
  }
  throw new Error('the host ended before it said where it is');
}

export const SAVED_RUN = 'bench-8k';
/** Characters of the second prompt that bring the first to about 8,192 tokens. */
const MORE_CHARACTERS = 3_720;

/** `headscope serve` with one saved run, made of the bundled prompts. `folder`: the benchmark's own. */
export async function startServed(root, folder) {
  const main = join(root, 'out', 'cli', 'main.mjs');
  const run = join(folder, SAVED_RUN);
  if (!existsSync(run)) {
    const prompt = (name) => readFileSync(join(root, 'assets', 'prompts', `${name}.txt`), 'utf8');
    const file = join(folder, 'prompt.txt');
    writeFileSync(file, prompt('mixed') + prompt('documents').slice(0, MORE_CHARACTERS));
    const command = [main, 'prefill', '--model', join(root, 'assets', 'demo-model'), '--prompt-file', file, '--save-run', run];
    const { status, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`the prefill of the benchmark's run failed: ${stderr}`);
  }
  return start([main, 'serve', '--port', '0', '--models', folder, '--json']);
}

/** The interface over formulas: `rows` tokens, `layers` x `heads`. */
export async function startSynthetic(root, { rows, layers, heads }) {
  const outDir = join(root, 'build', 'bench', 'ui');
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node20',
      outDir,
      emptyOutDir: true,
      minify: false,
      rollupOptions: {
        input: { synthetic_host: join(root, 'bench', 'ui', 'synthetic_host.ts') },
        external: [...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunk-[hash].mjs' },
      },
    },
  });
  const interfaceFolder = join(root, 'out', 'renderer');
  return start([join(outDir, 'synthetic_host.mjs'), interfaceFolder, String(rows), String(layers), String(heads)]);
}
