import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CPU_ONLY_ARGUMENT, type EngineStatus, type ToEngine } from '../../engine/protocol/desktop.ts';
import { type EngineProcess, EngineSupervisor } from './engine_supervisor.ts';

type Port = string;

/** A process the test drives. */
class Child implements EngineProcess<Port> {
  readonly sent: { message: ToEngine; ports: Port[] }[] = [];
  kills = 0;
  readonly #listeners = { spawn: [] as ((pid: number) => void)[], message: [] as ((message: unknown) => void)[] };
  readonly #stderr: ((text: string) => void)[] = [];
  readonly #exit: ((hint: string) => void)[] = [];
  readonly processArguments: string[];
  constructor(processArguments: string[]) {
    this.processArguments = processArguments;
  }
  postMessage(message: ToEngine, ports: Port[]): void {
    this.sent.push({ message, ports });
  }
  onSpawn(receiver: (pid: number) => void): void {
    this.#listeners.spawn.push(receiver);
  }
  onMessage(receiver: (message: unknown) => void): void {
    this.#listeners.message.push(receiver);
  }
  onStderr(receiver: (text: string) => void): void {
    this.#stderr.push(receiver);
  }
  onExit(receiver: (hint: string) => void): void {
    this.#exit.push(receiver);
  }
  kill(): void {
    this.kills += 1;
  }
  say(message: unknown): void {
    for (const receiver of this.#listeners.message) receiver(message);
  }
  spawn(pid: number): void {
    for (const receiver of this.#listeners.spawn) receiver(pid);
  }
  write(text: string): void {
    for (const receiver of this.#stderr) receiver(text);
  }
  exit(hint = 'exit code 11'): void {
    for (const receiver of this.#exit) receiver(hint);
  }
}

function supervised(probe: () => Promise<void> = () => Promise.resolve()) {
  const children: Child[] = [];
  const seen: EngineStatus[] = [];
  const supervisor = new EngineSupervisor<Port>({
    probe,
    fork(processArguments) {
      const child = new Child(processArguments);
      children.push(child);
      return child;
    },
    onStatus: (status) => seen.push(status),
  });
  const phases = () => seen.map(({ phase }) => phase).filter((phase, place, all) => phase !== all[place - 1]);
  const child = (place: number): Child => {
    const found = children[place];
    if (!found) throw new Error(`no process ${place} was started`);
    return found;
  };
  return { supervisor, child, children, seen, phases };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the supervisor', () => {
  it('hands a waiting port over as soon as the engine is ready, and later ones at once', async () => {
    const { supervisor, child, phases } = supervised();
    supervisor.start();
    const early = supervisor.connect('A');
    await settle();
    expect(child(0).sent).toEqual([]);
    child(0).spawn(4711);
    child(0).say({ kind: 'ready', devices: ['CPU'] });
    await early;
    await supervisor.connect('B');
    expect(child(0).sent).toEqual([
      { message: { kind: 'connect' }, ports: ['A'] },
      { message: { kind: 'connect' }, ports: ['B'] },
    ]);
    expect(supervisor.status).toMatchObject({ phase: 'ready', pid: 4711 });
    expect(phases()).toEqual(['probing', 'starting', 'ready']);
  });

  it('starts anew after a crash and serves those who waited meanwhile', async () => {
    const { supervisor, child, children, phases } = supervised();
    supervisor.start();
    await settle();
    child(0).say({ kind: 'ready', devices: [] });
    child(0).write('terminate called\n');
    child(0).exit();
    const waiting = supervisor.connect('A');
    await vi.advanceTimersByTimeAsync(499);
    expect(children).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2);
    child(1).say({ kind: 'ready', devices: [] });
    await waiting;
    expect(child(0).sent).toEqual([]);
    expect(child(1).sent).toHaveLength(1);
    expect(supervisor.log).toBe('terminate called\n');
    expect(phases()).toEqual(['probing', 'starting', 'ready', 'crashed', 'restarting', 'ready']);
  });

  it('keeps a new engine off CUDA after a crash there', async () => {
    const { supervisor, child } = supervised();
    supervisor.start();
    await settle();
    expect(child(0).processArguments).toEqual([]);
    child(0).say({ kind: 'ready', devices: [] });
    child(0).say({ kind: 'backend', backend: 'cuda' });
    child(0).exit();
    await vi.advanceTimersByTimeAsync(501);
    expect(child(1).processArguments).toEqual([CPU_ONLY_ARGUMENT]);
    expect(supervisor.status.cpuOnly).toBe(true);
  });

  it('refuses connections where the probe failed, with its reason, and probes again on request', async () => {
    let works = false;
    const { supervisor, child } = supervised(() => (works ? Promise.resolve() : Promise.reject(new Error('no such library'))));
    supervisor.start();
    const waiting = expect(supervisor.connect('A')).rejects.toThrow('no such library');
    await settle();
    await waiting;
    await expect(supervisor.connect('B')).rejects.toThrow('no such library');
    works = true;
    supervisor.restart();
    await settle();
    child(0).say({ kind: 'ready', devices: [] });
    await supervisor.connect('C');
    expect(child(0).sent).toHaveLength(1);
  });

  it('does not mind what a replaced engine still says or how it ends', async () => {
    const { supervisor, child } = supervised();
    supervisor.start();
    await settle();
    child(0).say({ kind: 'ready', devices: [] });
    supervisor.restart();
    expect(child(0).kills).toBe(1);
    await settle();
    child(1).say({ kind: 'ready', devices: [] });
    child(0).say({ kind: 'backend', backend: 'cuda' });
    child(0).exit();
    expect(supervisor.status).toMatchObject({ phase: 'ready', restarts: 0 });
    child(1).exit();
    expect(supervisor.status).toMatchObject({ phase: 'crashed', cpuOnly: false });
  });

  it('ends an engine that falls silent', async () => {
    const { supervisor, child, phases } = supervised();
    supervisor.start();
    await settle();
    child(0).say({ kind: 'ready', devices: [] });
    for (let beat = 0; beat < 4; beat++) {
      await vi.advanceTimersByTimeAsync(5_000);
      child(0).say({ kind: 'heartbeat' });
    }
    expect(phases().at(-1)).toBe('ready');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(phases().at(-1)).toBe('unresponsive');
    await vi.advanceTimersByTimeAsync(35_000);
    expect(child(0).kills).toBeGreaterThan(0);
  });

  it('stops with the application and dismisses who still waits', async () => {
    const { supervisor, child, children } = supervised();
    supervisor.start();
    await settle();
    const waiting = expect(supervisor.connect('A')).rejects.toThrow(/stopped/);
    supervisor.stop();
    await waiting;
    expect(child(0).kills).toBe(1);
    child(0).exit();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(children).toHaveLength(1);
    expect(supervisor.status.phase).toBe('stopped');
  });

  it('takes garbage from the engine for nothing', async () => {
    const { supervisor, child } = supervised();
    supervisor.start();
    await settle();
    for (const garbage of [null, 5, 'ready', {}, { kind: 'no' }, { kind: 'backend', backend: 'gpu' }]) child(0).say(garbage);
    expect(supervisor.status.phase).toBe('starting');
  });
});
