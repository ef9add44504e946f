// What the handlers share: the addon, the queue, the open models and the runs of every client.
import { randomBytes } from 'node:crypto';
import { modelFolder } from '../checkpoint/hub_cache.ts';
import type { NativeAddon, NativeLayer } from '../native/addon.ts';
import { type CancelSignal, throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { type HostPolicy, readablePath } from './host_policy.ts';
import { LibraryFolders, type LibraryOptions } from './library.ts';
import { ModelRegistry } from './model_registry.ts';
import { NativeQueue, type Urgency } from './native_queue.ts';
import type { RunEntry } from './run_entry.ts';
import { Tokenizers } from './tokenizers.ts';

export interface EngineOptions {
  policy: HostPolicy;
  /** Loads the native engine; called when it is first needed. Throws NATIVE_MISSING. */
  loadAddon: () => NativeAddon;
  build: string;
  library: LibraryOptions;
}

export interface LayerTask {
  owner: object;
  runId: string;
  layer: number;
  head?: number | undefined;
  urgency: Urgency;
  signal: CancelSignal;
  threads?: number | undefined;
}

export class EngineState {
  readonly policy: HostPolicy;
  readonly build: string;
  readonly library: LibraryFolders;
  readonly queue = new NativeQueue();
  readonly models: ModelRegistry;
  readonly tokenizers = new Tokenizers();
  readonly #loadAddon: () => NativeAddon;
  readonly #runs = new Map<string, RunEntry>();
  #addon: NativeAddon | undefined;
  #found: Promise<void> | undefined;
  #nextRun = 1;
  /** A client that outlives an engine must not take a run of the next engine for one of the last. */
  readonly #start = randomBytes(4).toString('hex');

  constructor(options: EngineOptions) {
    this.policy = options.policy;
    this.build = options.build;
    this.library = new LibraryFolders(options.library);
    this.#loadAddon = options.loadAddon;
    this.models = new ModelRegistry(() => this.addon());
  }

  addon(): NativeAddon {
    this.#addon ??= this.#loadAddon();
    return this.#addon;
  }

  /** Resolves once the addon's info() knows every backend; the first call may take seconds where a device is. Throws NATIVE_MISSING. */
  findBackends(): Promise<void> {
    this.#found ??= this.addon().findBackends().promise;
    return this.#found;
  }

  /** What a client asks for by a library id or, where the host allows it, by a path. Throws FILE_NOT_FOUND. */
  readable(asked: string): string {
    const place = this.library.place(asked);
    if (place !== undefined) return readablePath({ ...this.policy, readPaths: this.library.readPaths }, place);
    if (!this.policy.idsOnly) return readablePath(this.policy, asked);
    throw new HeadscopeError('FILE_NOT_FOUND', `There is no ${asked} in the library of this engine; library.list names what there is.`, {
      asked,
    });
  }

  /** The same for a model. A host that shows every path also knows it as ORG/NAME or ORG/NAME@REVISION, by the Hugging Face cache. */
  readableModel(asked: string): string {
    const named = this.library.place(asked) === undefined && !this.policy.idsOnly && this.policy.readPaths === 'any';
    return this.readable(named ? modelFolder(asked) : asked);
  }

  /** 0 and absent mean every hardware thread. */
  threads(asked: number | undefined): number {
    return asked || Math.max(1, this.addon().info().hardwareThreads);
  }

  get liveRuns(): number {
    return this.#runs.size;
  }

  newRunId(): string {
    return `run-${this.#start}-${this.#nextRun++}`;
  }

  /** The run is the client's from now on, unless the request was cancelled meanwhile: then it is freed and CANCELLED thrown. */
  adoptRun(entry: RunEntry, signal: CancelSignal): void {
    if (signal.aborted) {
      entry.close();
      throwIfCancelled(signal);
    }
    this.#runs.set(entry.info.runId, entry);
  }

  /** A client sees its own runs only. */
  runsOf(owner: object): RunEntry[] {
    return [...this.#runs.values()].filter((entry) => entry.owner === owner);
  }

  run(owner: object, runId: string): RunEntry {
    const entry = this.#runs.get(runId);
    if (!entry || entry.owner !== owner) throw new HeadscopeError('RUN_NOT_FOUND', `There is no run ${runId}.`, { runId });
    return entry;
  }

  /** No new request finds the run; it is freed when the machine is between two jobs. */
  closeRun(entry: RunEntry): Promise<void> {
    this.#runs.delete(entry.info.runId);
    return this.queue.run('figures', undefined, async () => entry.close());
  }

  /** Runs `task` on a layer's q, k, v while it owns the machine. */
  withLayer<T>(place: LayerTask, task: (layer: NativeLayer, entry: RunEntry, threads: number) => Promise<T>): Promise<T> {
    const entry = this.run(place.owner, place.runId);
    entry.checkPlace(place.layer, place.head);
    const threads = this.threads(place.threads);
    return this.queue.run(place.urgency, place.signal, async () => {
      if (entry.closed) throw new HeadscopeError('RUN_NOT_FOUND', `Run ${place.runId} was closed.`);
      const { native, giveBack } = await entry.borrow(place.layer, threads, place);
      try {
        return await task(native, entry, threads);
      } finally {
        giveBack();
      }
    });
  }
}
