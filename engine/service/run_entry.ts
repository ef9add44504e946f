// One run of the engine, wherever it came from, and the layers of it that are in memory.
import type { NativeRun } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { RunInfo } from '../protocol/records.ts';
import { LayerCache, type LentLayer, type LoadLayer } from './layer_cache.ts';
import type { ModelLease } from './model_registry.ts';
import type { Turn } from './native_queue.ts';

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
  readonly #layers: LayerCache;
  readonly #noLayers: string | undefined;
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
    this.#layers = new LayerCache(parts.load);
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

  /** The layer's q, k, v, to be given back with the end of the task; inside the native queue only. */
  async borrow(layer: number, threads: number, turn: Turn): Promise<LentLayer> {
    this.checkPlace(layer);
    if (this.#noLayers) throw new HeadscopeError('INVALID_REQUEST', this.#noLayers);
    return this.#layers.borrow(layer, threads, turn);
  }

  /** Inside the native queue, so that no job of the run is under way. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#layers.close();
    this.native?.close();
    this.lease?.release();
  }
}
