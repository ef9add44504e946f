// Bundles the command line (out/cli): one ES module and the tokenizer's worker, nothing external but Node's own modules.
import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { putInPlace } from './put-in-place.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = join(root, 'out', `cli.${process.pid}`);
const final = join(root, 'out', 'cli');
const entries = {
  main: join(root, 'engine/hosts/cli/main.ts'),
  'tokenizer-worker': join(root, 'engine/tokenizer/worker.ts'),
};

mkdirSync(join(root, 'out'), { recursive: true });
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
await build({
  configFile: false,
  root,
  logLevel: 'warn',
  ssr: { noExternal: true, target: 'node' },
  build: {
    ssr: true,
    target: 'node20',
    outDir: fresh,
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rollupOptions: {
      input: Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path))),
      external: [...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
      output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunk-[hash].mjs' },
    },
  },
});
// The figures' font is inside the bundle; its licence asks to go with it.
copyFileSync(join(root, 'node_modules', '@fontsource', 'inter', 'LICENSE'), join(fresh, 'inter-font-LICENSE'));
putInPlace(fresh, final);
