#!/usr/bin/env node
// Starts the command line. In a checkout it first builds what is missing or older than its sources.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'out', 'cli', 'main.mjs');

if (existsSync(join(root, 'engine'))) {
  const { buildStale } = await import(pathToFileURL(join(root, 'scripts', 'build-stale.mjs')).href);
  if (!(await buildStale(root, { renderer: process.argv[2] === 'serve' }))) process.exit(1);
}
await import(pathToFileURL(bundle).href);
