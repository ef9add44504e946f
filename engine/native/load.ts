// Where the addon lies, and the one place that requires it.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadscopeError } from '../protocol/errors.ts';
import type { NativeAddon } from './addon.ts';

/** HEADSCOPE_BACKEND_ABI of native/backend.h, as this TypeScript was written for it. */
export const ADDON_ABI = 4;
export const BUILD_COMMAND = 'npm run build:native';
const FILE_NAME = 'headscope.node';

/** Where the addon is looked for, first to last. HEADSCOPE_ADDON names one file and then nothing else is tried. */
export function addonPlaces(environment: NodeJS.ProcessEnv = process.env): string[] {
  const asked = environment.HEADSCOPE_ADDON;
  if (asked) return [asked];
  const here = dirname(fileURLToPath(import.meta.url));
  // Sources (engine/native) and bundles (out/<host>) both lie two folders below the package's root.
  return [join(here, FILE_NAME), join(here, '..', '..', 'build', 'release', FILE_NAME)];
}

/** Path of the addon. Throws NATIVE_MISSING with the places that were tried. */
export function findAddon(environment: NodeJS.ProcessEnv = process.env): string {
  const places = addonPlaces(environment);
  const found = places.find((place) => existsSync(place));
  if (found === undefined) {
    throw new HeadscopeError(
      'NATIVE_MISSING',
      `The native addon is not built: looked for ${places.join(' and ')}. Build it with: ${BUILD_COMMAND}`,
      {
        places,
      },
    );
  }
  return found;
}

function isAddon(value: unknown): value is NativeAddon {
  if (typeof value !== 'object' || value === null) return false;
  const members: Record<string, unknown> = { ...value };
  return ['info', 'findBackends', 'openModel', 'captureLayer'].every((name) => typeof members[name] === 'function');
}

/** Loads the addon into this process. Throws NATIVE_MISSING where it is absent, does not load, or is of another version. */
export function loadAddon(path: string = findAddon()): NativeAddon {
  let loaded: unknown;
  try {
    loaded = createRequire(import.meta.url)(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HeadscopeError('NATIVE_MISSING', `The native addon ${path} does not load: ${reason}. Build it again with: ${BUILD_COMMAND}`, {
      path,
    });
  }
  if (!isAddon(loaded)) {
    throw new HeadscopeError('NATIVE_MISSING', `${path} is not Headscope's addon. Build it with: ${BUILD_COMMAND}`, { path });
  }
  const { abi } = loaded.info();
  if (abi !== ADDON_ABI) {
    throw new HeadscopeError(
      'NATIVE_MISSING',
      `The native addon ${path} is of version ${abi}; this engine needs ${ADDON_ABI}. Build it again with: ${BUILD_COMMAND}`,
      { path, abi },
    );
  }
  return loaded;
}
