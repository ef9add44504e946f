// JavaScript that has to arrive before the first paint.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export function benchBundle({ root, figures }) {
  const folder = join(root, 'out', 'renderer');
  const page = readFileSync(join(folder, 'index.html'), 'utf8');
  const scripts = [...page.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map((match) => join(folder, match[1]));
  const bytes = scripts.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
  figures.heading('the bundle');
  figures.atMost('JavaScript to first paint, gzip', bytes / 1000, 250, 'KB');
  return scripts.length > 0 ? [] : ['index.html names no script'];
}
