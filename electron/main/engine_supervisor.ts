// Carries out what engine_state.ts decides: processes, timers, and ports for those who wait. Knows Electron only by the shapes below.
import { CPU_ONLY_ARGUMENT, type EngineStatus, type FromEngine, type ToEngine } from '../../engine/protocol/desktop.ts';
import { type EngineEffect, type EngineEvent, type EngineState, initialState, statusOf, step, TICK_MS } from './engine_state.ts';
import { StderrTail } from './stderr_tail.ts';

/** One engine process, as utilityProcess.fork() makes it. `Port` is a MessagePortMain. */
export interface EngineProcess<Port> {
  postMessage(message: ToEngine, ports: Port[]): void;
  onSpawn(receiver: (pid: number) => void): void;
  onMessage(receiver: (message: unknown) => void): void;
  onStderr(receiver: (text: string) => void): void;
  /** Once; `hint` says how, as far as known. */
  onExit(receiver: (hint: string) => void): void;
  kill(): void;
}

export interface SupervisorParts<Port> {
  /** Tries the native addon elsewhere. Rejects with the sentence to show. */
  probe(): Promise<void>;
  fork(processArguments: string[]): EngineProcess<Port>;
  onStatus(status: EngineStatus): void;
  now?: () => number;
}

interface Waiting<Port> {
  port: Port;
  resolve: () => void;
  reject: (error: Error) => void;
}

export class EngineSupervisor<Port> {
  readonly #parts: SupervisorParts<Port>;
  readonly #now: () => number;
  readonly #log = new StderrTail();
  readonly #waiting = new Set<Waiting<Port>>();
  #state: EngineState;
  #process: EngineProcess<Port> | null = null;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #backoff: ReturnType<typeof setTimeout> | undefined;
  /** Tells a probe's late answer from that of the current one. */
  #probes = 0;

  constructor(parts: SupervisorParts<Port>) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
    this.#state = initialState(this.#now());
  }

  get status(): EngineStatus {
    return statusOf(this.#state);
  }
  get log(): string {
    return this.#log.text;
  }

  start(): void {
    this.#ticking ??= setInterval(() => this.#happened({ type: 'tick' }), TICK_MS);
    this.#happened({ type: 'start' });
  }
  restart(): void {
    this.#happened({ type: 'restart' });
  }
  stop(): void {
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#happened({ type: 'stop' });
    this.#dismiss('The engine was stopped.');
  }

  /** Gives the port to the engine, now or as soon as one is ready. Rejects where it has failed for good. */
  connect(port: Port): Promise<void> {
    if (this.#state.phase === 'failed') return Promise.reject(new Error(this.#state.reason ?? 'The engine does not start.'));
    return new Promise((resolve, reject) => {
      this.#waiting.add({ port, resolve, reject });
      this.#handOver();
    });
  }

  #handOver(): void {
    if (this.#process === null || (this.#state.phase !== 'ready' && this.#state.phase !== 'unresponsive')) return;
    for (const waiting of [...this.#waiting]) {
      this.#waiting.delete(waiting);
      this.#process.postMessage({ kind: 'connect' }, [waiting.port]);
      waiting.resolve();
    }
  }

  #dismiss(reason: string): void {
    for (const waiting of this.#waiting) waiting.reject(new Error(reason));
    this.#waiting.clear();
  }

  #happened(event: EngineEvent): void {
    const before = this.status;
    const next = step(this.#state, event, this.#now());
    this.#state = next.state;
    for (const effect of next.effects) this.#carryOut(effect);
    const after = this.status;
    const changed = Object.entries(after).some(([name, value]) => before[name as keyof EngineStatus] !== value);
    if (changed) this.#parts.onStatus(after);
    if (after.phase === 'ready') this.#handOver();
    if (after.phase === 'failed') this.#dismiss(after.reason ?? 'The engine does not start.');
  }

  #carryOut(effect: EngineEffect): void {
    if (effect.do === 'probe') this.#probe();
    else if (effect.do === 'fork') this.#fork(effect.cpuOnly);
    else if (effect.do === 'kill') this.#process?.kill();
    else {
      clearTimeout(this.#backoff);
      this.#backoff = setTimeout(() => this.#happened({ type: 'backoff-over' }), effect.ms);
    }
  }

  #probe(): void {
    const probe = ++this.#probes;
    const settle = (event: EngineEvent) => {
      if (probe === this.#probes) this.#happened(event);
    };
    this.#parts.probe().then(
      () => settle({ type: 'probed' }),
      (error: unknown) => settle({ type: 'probe-failed', reason: error instanceof Error ? error.message : String(error) }),
    );
  }

  #fork(cpuOnly: boolean): void {
    const child = this.#parts.fork(cpuOnly ? [CPU_ONLY_ARGUMENT] : []);
    this.#process = child;
    // What an engine that was replaced still says is of no interest.
    const current = (event: EngineEvent) => {
      if (this.#process === child) this.#happened(event);
    };
    child.onSpawn((pid) => current({ type: 'spawned', pid }));
    child.onStderr((text) => this.#log.add(text));
    child.onMessage((message) => {
      const said = fromEngine(message);
      if (said === null) return;
      if (said.kind === 'backend') current({ type: 'backend', backend: said.backend });
      else current({ type: said.kind });
    });
    child.onExit((hint) => {
      current({ type: 'exited', hint });
      if (this.#process === child) this.#process = null;
    });
  }
}

/** null for what is none of the engine's messages. */
function fromEngine(message: unknown): FromEngine | null {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return null;
  if (message.kind === 'heartbeat') return { kind: 'heartbeat' };
  if (message.kind === 'ready') {
    const devices = 'devices' in message && Array.isArray(message.devices) ? message.devices.map(String) : [];
    return { kind: 'ready', devices };
  }
  if (message.kind === 'backend' && 'backend' in message && (message.backend === 'cpu' || message.backend === 'cuda')) {
    return { kind: 'backend', backend: message.backend };
  }
  return null;
}
