// Bundles the desktop shell and its engine (out/desktop): CommonJS for the Node of every Electron since 25, one file an entry, nothing
// external but Electron and Node's own modules. The tokenizer's worker stays an ES module, as the engine looks for it.
import { mkdirSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { putInPlace } from './put-in-place.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = join(root, 'out', `desktop.${process.pid}`);
const final = join(root, 'out', 'desktop');
const entries = [
  { source: 'electron/main/main.ts', file: 'main.cjs', format: 'cjs' },
  { source: 'electron/preload/preload.ts', file: 'preload.cjs', format: 'cjs' },
  { source: 'engine/hosts/utility-process.ts', file: 'engine.cjs', format: 'cjs' },
  { source: 'engine/hosts/utility-probe.ts', file: 'probe.cjs', format: 'cjs' },
  { source: 'engine/tokenizer/worker.ts', file: 'tokenizer-worker.mjs', format: 'es' },
];

mkdirSync(fresh, { recursive: true });
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
for (const { source, file, format } of entries) {
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: 'node18',
      outDir: fresh,
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      // Of everybody whose code is bundled; `npm run package` packs it.
      license: { fileName: `${file}.licences.md` },
      rollupOptions: {
        input: join(root, source),
        external: ['electron', ...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
        output: { format, entryFileNames: file, codeSplitting: false },
      },
    },
  });
}
putInPlace(fresh, final);
