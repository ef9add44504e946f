// The model and the prompts that come with the program, beside the bundle or the sources.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadscopeError } from '../../protocol/errors.ts';

/** Absolute path of something in assets/. Throws FILE_NOT_FOUND. */
export function bundledAsset(...parts: string[]): string {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'assets', ...parts);
    if (existsSync(path)) return path;
  }
  throw new HeadscopeError('FILE_NOT_FOUND', `assets/${parts.join('/')} is missing from this installation of Headscope.`);
}
