// Where the bundled model and prompts lie: beside the sources in a checkout, beside the bundle in a package.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadscopeError } from '../../../protocol/errors.ts';

export function assetsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const assets = join(folder, 'assets');
    if (existsSync(join(assets, 'demo-model', 'config.json'))) return assets;
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  throw new HeadscopeError('FILE_NOT_FOUND', 'The bundled demo model (assets/demo-model) is not there. Install Headscope again.');
}
