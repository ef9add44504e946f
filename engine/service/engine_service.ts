// The engine behind the protocol: every method's handler, and the clean-up when a client goes.
import { loadAddon } from '../native/load.ts';
import type { Handlers, Service } from '../protocol/server.ts';
import { VERSION } from './build.ts';
import { configHandlers } from './configs.ts';
import { type EngineOptions, EngineState } from './engine_state.ts';
import { mapHandlers } from './map_handlers.ts';
import { modelHandlers } from './model_handlers.ts';
import { patternHandlers } from './pattern_handlers.ts';
import { runHandlers } from './run_handlers.ts';
import { searchRun } from './search_job.ts';
import { tileHandlers } from './tile_handlers.ts';
import { wholeModelHandlers } from './whole_model_handlers.ts';

export type ServiceOptions = Pick<EngineOptions, 'policy'> & Partial<EngineOptions>;

export class EngineService implements Service {
  readonly handlers: Handlers;
  readonly build: string;
  readonly #engine: EngineState;

  constructor(options: ServiceOptions) {
    const engine = new EngineState({ loadAddon, build: VERSION, library: { assets: null, folders: [] }, ...options });
    this.#engine = engine;
    this.build = engine.build;
    this.handlers = {
      ...modelHandlers(engine),
      ...runHandlers(engine),
      ...mapHandlers(engine),
      ...tileHandlers(engine),
      ...patternHandlers(engine),
      ...configHandlers(engine),
      ...wholeModelHandlers(engine),
      'library.list': () => engine.library.list(!engine.policy.idsOnly),
      'search.run': (params, context) => searchRun(engine, params, context),
    };
  }

  /** Descriptions of the usable backends; empty where the native engine is missing, which its first use explains. */
  get devices(): string[] {
    try {
      return this.#engine
        .addon()
        .info()
        .backends.filter(({ available }) => available)
        .map(({ description }) => description);
    } catch {
      return [];
    }
  }

  /** Runs of all clients. */
  get liveRuns(): number {
    return this.#engine.liveRuns;
  }

  disconnected(owner: object): void {
    for (const run of this.#engine.runsOf(owner)) void this.#engine.closeRun(run);
  }

  /** Stops the tokenizers' threads; runs go with their clients. */
  close(): void {
    this.#engine.tokenizers.close();
  }
}
