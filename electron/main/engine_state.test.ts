import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  type EngineEffect,
  type EngineEvent,
  type EngineState,
  HANG_MS,
  HEALTHY_MS,
  initialState,
  MAX_RESTARTS,
  SILENCE_MS,
  START_TIMEOUT_MS,
  step,
  TICK_MS,
} from './engine_state.ts';

class Life {
  now = 1_000;
  state: EngineState = initialState(1_000);
  effects: EngineEffect[] = [];
  after(ms: number, event: EngineEvent): this {
    this.now += ms;
    const next = step(this.state, event, this.now);
    this.state = next.state;
    this.effects = next.effects;
    return this;
  }
  /** Time passes with a check a second, as the supervisor makes them. */
  pass(ms: number): EngineEffect[] {
    const all: EngineEffect[] = [];
    for (let spent = 0; spent < ms; spent += TICK_MS) all.push(...this.after(TICK_MS, { type: 'tick' }).effects);
    return all;
  }
  ready(): this {
    return this.after(0, { type: 'start' })
      .after(50, { type: 'probed' })
      .after(1, { type: 'spawned', pid: 42 })
      .after(300, { type: 'ready' });
  }
  crash(): this {
    return this.after(10, { type: 'exited', hint: 'signal 11' });
  }
}

describe('the engine’s life', () => {
  it('probes, starts, becomes ready', () => {
    const life = new Life().after(0, { type: 'start' });
    expect([life.state.phase, life.effects]).toEqual(['probing', [{ do: 'probe' }]]);
    life.after(100, { type: 'probed' });
    expect([life.state.phase, life.effects]).toEqual(['starting', [{ do: 'fork', cpuOnly: false }]]);
    life.after(1, { type: 'spawned', pid: 7 }).after(200, { type: 'ready' });
    expect(life.state).toMatchObject({ phase: 'ready', pid: 7, restarts: 0, reason: null, readySince: life.now });
  });

  it('fails with the probe’s reason and starts over on request', () => {
    const life = new Life().after(0, { type: 'start' }).after(5, { type: 'probe-failed', reason: 'GLIBC_2.40 not found' });
    expect(life.state).toMatchObject({ phase: 'failed', reason: 'GLIBC_2.40 not found' });
    life.after(5, { type: 'restart' });
    expect([life.state.phase, life.effects]).toEqual(['probing', [{ do: 'probe' }]]);
  });

  it('comes back after a crash, later each time, and gives up after five', () => {
    const life = new Life().ready();
    const waits: number[] = [];
    for (let crash = 1; crash <= MAX_RESTARTS; crash++) {
      life.crash();
      expect(life.state).toMatchObject({ phase: 'crashed', restarts: crash, pid: null, nextStartAt: life.now + backoffMs(crash) });
      waits.push(...life.effects.map((effect) => (effect.do === 'wait' ? effect.ms : Number.NaN)));
      life.after(backoffMs(crash), { type: 'backoff-over' });
      expect([life.state.phase, life.effects]).toEqual(['restarting', [{ do: 'fork', cpuOnly: false }]]);
      life.after(1, { type: 'spawned', pid: 100 + crash }).after(100, { type: 'ready' });
      expect(life.state.phase).toBe('ready');
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000]);
    life.crash();
    expect(life.state.phase).toBe('failed');
    expect(life.state.reason).toMatch(/signal 11/);
    expect(life.effects).toEqual([]);
    expect(life.after(60_000, { type: 'backoff-over' }).effects).toEqual([]);
  });

  it('forgets crashes after running well', () => {
    const life = new Life()
      .ready()
      .crash()
      .after(500, { type: 'backoff-over' })
      .after(1, { type: 'spawned', pid: 8 })
      .after(9, { type: 'ready' });
    life.after(HEALTHY_MS, { type: 'heartbeat' }).crash();
    expect(life.state.restarts).toBe(1);
  });

  it('counts a crash while starting, too', () => {
    const life = new Life().after(0, { type: 'start' }).after(5, { type: 'probed' }).after(1, { type: 'spawned', pid: 3 }).crash();
    expect(life.state).toMatchObject({ phase: 'crashed', restarts: 1 });
  });

  it('returns on the CPU after a crash in CUDA, and stays there', () => {
    const life = new Life().ready().after(5, { type: 'backend', backend: 'cuda' }).crash();
    expect(life.state).toMatchObject({ phase: 'crashed', cpuOnly: true });
    expect(life.state.reason).toMatch(/CUDA/);
    life.after(500, { type: 'backoff-over' });
    expect(life.effects).toEqual([{ do: 'fork', cpuOnly: true }]);
    life.after(1, { type: 'spawned', pid: 9 }).after(5, { type: 'ready' }).crash();
    expect(life.state.cpuOnly).toBe(true);
    expect(life.state.reason).not.toMatch(/CUDA/);
  });

  it('keeps CUDA after a crash on the CPU', () => {
    expect(new Life().ready().after(5, { type: 'backend', backend: 'cpu' }).crash().state.cpuOnly).toBe(false);
  });

  it('notices silence, forgives it, and ends an engine that hangs', () => {
    const life = new Life().ready();
    expect(life.pass(SILENCE_MS - TICK_MS)).toEqual([]);
    expect(life.state.phase).toBe('ready');
    life.pass(2 * TICK_MS);
    expect(life.state.phase).toBe('unresponsive');
    life.after(100, { type: 'heartbeat' });
    expect(life.state).toMatchObject({ phase: 'ready', reason: null });
    life.pass(SILENCE_MS + 2 * TICK_MS);
    expect(life.state.phase).toBe('unresponsive');
    expect(life.pass(HANG_MS + 2 * TICK_MS)).toContainEqual({ do: 'kill' });
    life.after(5, { type: 'exited', hint: 'signal 9' });
    expect(life.state.phase).toBe('crashed');
    expect(life.state.reason).toMatch(/did not answer/);
  });

  it('ends an engine that never becomes ready', () => {
    const life = new Life().after(0, { type: 'start' }).after(5, { type: 'probed' }).after(1, { type: 'spawned', pid: 3 });
    expect(life.pass(START_TIMEOUT_MS + 2 * TICK_MS)).toContainEqual({ do: 'kill' });
  });

  it('does not take the machine’s sleep for the engine’s silence', () => {
    const life = new Life().ready().after(8 * 3_600_000, { type: 'tick' });
    expect(life.state.phase).toBe('ready');
    life.pass(SILENCE_MS - TICK_MS);
    expect(life.state.phase).toBe('ready');
  });

  it('takes an exit that was asked for as no crash', () => {
    const life = new Life().ready().after(5, { type: 'stop' });
    expect([life.state.phase, life.effects]).toEqual(['stopped', [{ do: 'kill' }]]);
    life.after(5, { type: 'exited', hint: 'signal 15' });
    expect([life.state.phase, life.effects]).toEqual(['stopped', []]);
  });

  it('restarts a running engine with a fresh count', () => {
    const life = new Life()
      .ready()
      .crash()
      .after(500, { type: 'backoff-over' })
      .after(1, { type: 'spawned', pid: 5 })
      .after(1, { type: 'ready' });
    life.after(5, { type: 'restart' });
    expect(life.state).toMatchObject({ phase: 'probing', restarts: 0 });
    expect(life.effects).toEqual([{ do: 'kill' }, { do: 'probe' }]);
    life.after(1, { type: 'exited', hint: 'signal 15' });
    expect(life.state.phase).toBe('probing');
  });

  it('ignores what comes out of turn', () => {
    const stopped = initialState(0);
    for (const event of [{ type: 'probed' }, { type: 'ready' }, { type: 'backoff-over' }, { type: 'stop' }] as const) {
      expect(step(stopped, event, 1)).toEqual({ state: stopped, effects: [] });
    }
  });
});
