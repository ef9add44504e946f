// What comes with the program, beside the bundle or the sources: the model, the prompts, the built interface.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadscopeError } from '../protocol/errors.ts';

function find(...parts: string[]): string | undefined {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, ...parts);
    if (existsSync(path)) return path;
  }
  return undefined;
}

/** Absolute path of something in assets/. Throws FILE_NOT_FOUND. */
export function bundledAsset(...parts: string[]): string {
  const path = find('assets', ...parts);
  if (path !== undefined) return path;
  throw new HeadscopeError('FILE_NOT_FOUND', `assets/${parts.join('/')} is missing from this installation of Headscope.`);
}

/** The assets folder; null where this installation has none. */
export function assetsFolder(): string | null {
  const model = find('assets', 'demo-model');
  return model === undefined ? null : dirname(model);
}

/** The built interface; undefined where it is not built. */
export function interfaceFolder(): string | undefined {
  const page = find('out', 'renderer', 'index.html');
  return page === undefined ? undefined : dirname(page);
}
