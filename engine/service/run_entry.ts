// One run of the engine, wherever it came from, and the layers of it that are in memory.
import type { NativeLayer, NativeRun } from '../native/addon.ts';
import type { CancelSignal } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { ModelLease } from './model_registry.ts';

/** Bytes of q, k and v kept of a run's layers; two layers stay whatever they weigh, so that a search and a viewer do not evict each other. */
const LAYER_CACHE_BYTES = 512 * 2 ** 20;
const LAYERS_AT_LEAST = 2;

/** Where a run's q, k and v come from. Called inside the native queue. */
export type LoadLayer = (layer: number, threads: number, signal: CancelSignal) => Promise<NativeLayer>;

export interface RunParts {
  info: RunInfo;
  owner: object;
  load: LoadLayer;
  /** Absent for a capture. */
  native?: NativeRun;
  lease?: ModelLease;
  tokens?: Int32Array;
  /** What the prefill ran, [layers][heads]; null: dense everywhere. */
  patterns: Pattern[][] | null;
  compat: boolean;
  kept: { lse: boolean; overviews: boolean };
  /** Why layers cannot be asked, where they cannot. */
  noLayers?: string;
}

export class RunEntry {
  readonly info: RunInfo;
  readonly owner: object;
  readonly native: NativeRun | undefined;
  readonly lease: ModelLease | undefined;
  readonly tokens: Int32Array | undefined;
  readonly patterns: Pattern[][] | null;
  readonly compat: boolean;
  readonly kept: RunParts['kept'];
  readonly #load: LoadLayer;
  readonly #noLayers: string | undefined;
  /** Least recently used first. */
  readonly #layers = new Map<number, NativeLayer>();
  #closed = false;

  constructor(parts: RunParts) {
    this.info = parts.info;
    this.owner = parts.owner;
    this.native = parts.native;
    this.lease = parts.lease;
    this.tokens = parts.tokens;
    this.patterns = parts.patterns;
    this.compat = parts.compat;
    this.kept = parts.kept;
    this.#load = parts.load;
    this.#noLayers = parts.noLayers;
  }

  /** Attention was not dense everywhere: overviews and LSE of the prefill are not the model's own. */
  get sparse(): boolean {
    return this.patterns?.some((layer) => layer.some(({ kind }) => kind !== 'dense')) ?? false;
  }
  /** Why no layer's q, k and v can be asked; undefined where they can. */
  get noLayers(): string | undefined {
    return this.#noLayers;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Throws INVALID_REQUEST for a place outside the run. */
  checkPlace(layer: number, head?: number): void {
    const { layers, heads, layersPresent, runId } = this.info;
    if (!layersPresent.includes(layer)) {
      const has = layersPresent.length === layers ? `0 to ${layers - 1}` : layersPresent.join(', ');
      throw new HeadscopeError('INVALID_REQUEST', `Run ${runId} has no layer ${layer}; it has ${has}.`, { layer, layers });
    }
    if (head !== undefined && head >= heads) {
      throw new HeadscopeError('INVALID_REQUEST', `Layer ${layer} has no head ${head}; heads go from 0 to ${heads - 1}.`, { head, heads });
    }
  }

  /** The layer's q, k, v; inside the native queue only, and not to be kept after the task. */
  async layer(layer: number, threads: number, signal: CancelSignal): Promise<NativeLayer> {
    this.checkPlace(layer);
    if (this.#noLayers) throw new HeadscopeError('INVALID_REQUEST', this.#noLayers);
    const kept = this.#layers.get(layer);
    if (kept) {
      this.#layers.delete(layer);
      this.#layers.set(layer, kept);
      return kept;
    }
    const loaded = await this.#load(layer, threads, signal);
    if (this.#closed) {
      loaded.close();
      throw new HeadscopeError('RUN_NOT_FOUND', `Run ${this.info.runId} was closed meanwhile.`);
    }
    const bytes = loaded.rows * loaded.headDim * (loaded.heads + 2 * loaded.kvHeads) * 4;
    const room = Math.max(LAYERS_AT_LEAST, Math.floor(LAYER_CACHE_BYTES / bytes));
    for (const [old, layerToClose] of this.#layers) {
      if (this.#layers.size < room) break;
      this.#layers.delete(old);
      layerToClose.close();
    }
    this.#layers.set(layer, loaded);
    return loaded;
  }

  /** Inside the native queue, so that no job of the run is under way. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const layer of this.#layers.values()) layer.close();
    this.#layers.clear();
    this.native?.close();
    this.lease?.release();
  }
}
