// Bundles the interface (out/renderer): static files that the served app and the desktop window show alike. Prints what the first
// paint costs, and fails above the budget.
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import { putInPlace } from './put-in-place.mjs';

const FIRST_PAINT_KIB = 250;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = join(root, 'out', `renderer.${process.pid}`);
const final = join(root, 'out', 'renderer');

// A test that starts a build passes its own NODE_ENV on; what is served is always React's production build.
process.env.NODE_ENV = 'production';
mkdirSync(join(root, 'out'), { recursive: true });
process.on('exit', () => rmSync(fresh, { recursive: true, force: true }));
await build({
  configFile: false,
  root: join(root, 'renderer'),
  base: './',
  publicDir: false,
  logLevel: 'warn',
  plugins: [react()],
  build: {
    target: 'chrome114',
    outDir: fresh,
    emptyOutDir: true,
    sourcemap: true,
    // Of everybody whose code is bundled.
    license: { fileName: 'licences.md' },
    // The pages are served under a policy that allows no data: scripts and no inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});

const kib = (path) => gzipSync(readFileSync(path)).length / 1024;
const page = readFileSync(join(fresh, 'index.html'), 'utf8');
const first = [...page.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map((match) => join(fresh, match[1] ?? ''));
const all = readdirSync(join(fresh, 'assets'))
  .filter((name) => name.endsWith('.js'))
  .map((name) => join(fresh, 'assets', name));
const size = (paths) => paths.reduce((sum, path) => sum + kib(path), 0);
const cost = size(first);
process.stdout.write(
  `renderer: JavaScript to first paint ${cost.toFixed(1)} KiB gzip (budget ${FIRST_PAINT_KIB}), ${size(all).toFixed(1)} KiB in all\n`,
);
putInPlace(fresh, final);
if (cost > FIRST_PAINT_KIB) process.exit(1);
