// Where the parts of the program lie, in a checkout and in the packaged application.
import { join } from 'node:path';
import type { EngineFiles } from './engine_process.ts';

export interface Places {
  interfaceFolder: string;
  preload: string;
  /** Of windows, where the system does not take it from the program's file. */
  icon: string;
  engine: EngineFiles;
}

export interface Installation {
  /** Folder of the bundles: out/desktop. */
  bundles: string;
  packaged: boolean;
  /** process.resourcesPath. */
  resources: string;
}

/**
 * Packaged, the engine's bundle and the addon lie beside the archive: a worker thread and dlopen() need real files. The bundled
 * model and prompts, too: the engine maps them.
 */
export function placesOf({ bundles, packaged, resources }: Installation): Places {
  const engine = packaged ? join(resources, 'engine') : bundles;
  return {
    interfaceFolder: join(bundles, '..', 'renderer'),
    preload: join(bundles, 'preload.cjs'),
    icon: join(packaged ? resources : join(bundles, '..', '..'), 'assets', 'icons', '256x256.png'),
    engine: {
      engine: join(engine, 'engine.cjs'),
      probe: join(engine, 'probe.cjs'),
      addon: packaged ? join(engine, 'headscope.node') : undefined,
    },
  };
}
