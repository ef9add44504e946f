// The layers of a run whose q, k and v are in memory: loaded once, lent to the queue's tasks, of which two may be under way, and dropped by
// age where nobody uses them.
import type { NativeLayer } from '../native/addon.ts';
import { type CancelSignal, throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Turn } from './native_queue.ts';

/** Bytes of q, k and v kept of a run's layers; two layers stay whatever they weigh, so that a search and a viewer do not evict each other. */
const LAYER_CACHE_BYTES = 512 * 2 ** 20;
const LAYERS_AT_LEAST = 2;

/** Where a run's q, k and v come from. Called inside the native queue. */
export type LoadLayer = (layer: number, threads: number, turn: Turn) => Promise<NativeLayer>;

interface Kept {
  native: NativeLayer;
  users: number;
}

export interface LentLayer {
  native: NativeLayer;
  giveBack(): void;
}

export class LayerCache {
  readonly #load: LoadLayer;
  readonly #limitBytes: number;
  /** Least recently used first. */
  readonly #kept = new Map<number, Kept>();
  readonly #loading = new Map<number, Promise<void>>();
  #closed = false;

  constructor(load: LoadLayer, limitBytes = LAYER_CACHE_BYTES) {
    this.#load = load;
    this.#limitBytes = limitBytes;
  }

  /** Stays in memory until it is given back. Throws what loading throws, and RUN_NOT_FOUND where the run was closed meanwhile. */
  async borrow(layer: number, threads: number, turn: Turn): Promise<LentLayer> {
    for (;;) {
      const kept = this.#kept.get(layer);
      if (kept) return this.#lend(layer, kept);
      const underWay = this.#loading.get(layer);
      if (!underWay) break;
      // The task that loads it may be cancelled: then it is loaded for this one.
      await unlessCancelled(underWay, turn.signal);
    }
    const loaded = this.#fetch(layer, threads, turn);
    const over = loaded.then(
      () => {},
      () => {},
    );
    this.#loading.set(layer, over);
    try {
      return this.#lend(layer, await loaded);
    } finally {
      this.#loading.delete(layer);
    }
  }

  /** Inside the native queue, so that no task has a layer. */
  close(): void {
    this.#closed = true;
    for (const { native } of this.#kept.values()) native.close();
    this.#kept.clear();
  }

  async #fetch(layer: number, threads: number, turn: Turn): Promise<Kept> {
    const native = await this.#load(layer, threads, turn);
    if (this.#closed) {
      native.close();
      throw new HeadscopeError('RUN_NOT_FOUND', 'The run was closed meanwhile.');
    }
    const kept = { native, users: 0 };
    const bytes = native.rows * native.headDim * (native.heads + 2 * native.kvHeads) * 4;
    this.#drop(Math.max(LAYERS_AT_LEAST, Math.floor(this.#limitBytes / bytes)) - 1);
    this.#kept.set(layer, kept);
    return kept;
  }

  #lend(layer: number, kept: Kept): LentLayer {
    kept.users += 1;
    this.#kept.delete(layer);
    this.#kept.set(layer, kept);
    let out = true;
    const giveBack = () => {
      if (out) kept.users -= 1;
      out = false;
    };
    return { native: kept.native, giveBack };
  }

  /** Down to `count` layers, as far as they are not in use. */
  #drop(count: number): void {
    for (const [layer, { native, users }] of this.#kept) {
      if (this.#kept.size <= count) return;
      if (users > 0) continue;
      this.#kept.delete(layer);
      native.close();
    }
  }
}

/** Rejects with CANCELLED as soon as the signal fires. */
function unlessCancelled(promise: Promise<void>, signal: CancelSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      signal?.removeEventListener('abort', settle);
      try {
        throwIfCancelled(signal);
        resolve();
      } catch (cancelled) {
        reject(cancelled);
      }
    };
    signal?.addEventListener('abort', settle);
    if (signal?.aborted) settle();
    void promise.then(settle);
  });
}
