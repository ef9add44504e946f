// Open models, shared by every run of the same folder and closed with the last one.
import { type Checkpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import type { BackendName, NativeAddon, NativeModel } from '../native/addon.ts';

interface OpenModel {
  checkpoint: Checkpoint;
  native: NativeModel;
  users: number;
}

export interface ModelLease {
  readonly backend: BackendName;
  readonly checkpoint: Checkpoint;
  readonly native: NativeModel;
  /** The model stays open until the last lease is released; a second release does nothing. */
  release(): void;
}

export class ModelRegistry {
  readonly #addon: () => NativeAddon;
  readonly #open = new Map<string, OpenModel>();

  constructor(addon: () => NativeAddon) {
    this.#addon = addon;
  }

  /** Opens the folder, or shares it when its config, headers and sizes are those that are open. Throws the checkpoint's errors. */
  acquire(folder: string, backend: BackendName): ModelLease {
    const checkpoint = openCheckpoint(folder);
    const key = `${checkpoint.folder}\0${checkpoint.identity}\0${backend}`;
    const model = this.#open.get(key) ?? {
      checkpoint,
      native: this.#addon().openModel(checkpoint.spec, checkpoint.files, backend),
      users: 0,
    };
    this.#open.set(key, model);
    model.users += 1;
    let held = true;
    return {
      backend,
      checkpoint: model.checkpoint,
      native: model.native,
      release: () => {
        if (!held) return;
        held = false;
        model.users -= 1;
        if (model.users > 0) return;
        this.#open.delete(key);
        model.native.close();
      },
    };
  }
}
