// The life of the engine process as one pure function: (state, what happened) -> (state, what to do).
import { type EngineStatus, HEARTBEAT_MS } from '../../engine/protocol/desktop.ts';

/** Starts after crashes before giving up. */
export const MAX_RESTARTS = 5;
/** Running well for so long forgets earlier crashes. */
export const HEALTHY_MS = 5 * 60_000;
export const START_TIMEOUT_MS = 30_000;
/** The check for silence; a gap much longer than this between two checks means that the machine slept. */
export const TICK_MS = 1_000;
/** A beat may be a fifth late; two missing ones make the engine unresponsive. */
export const SILENCE_MS = 2 * 1.2 * HEARTBEAT_MS;
/** An engine that stays unresponsive so long is killed. */
export const HANG_MS = 30_000;

export interface EngineState extends EngineStatus {
  /** When the last sign of life came; ms since 1970. */
  lastSign: number;
  lastTick: number;
  /** When it became ready; null before. */
  readySince: number | null;
  /** What native work used last. */
  backend: 'cpu' | 'cuda';
}

export type EngineEvent =
  | { type: 'start' }
  | { type: 'probed' }
  | { type: 'probe-failed'; reason: string }
  | { type: 'spawned'; pid: number }
  | { type: 'ready' }
  | { type: 'heartbeat' }
  | { type: 'backend'; backend: 'cpu' | 'cuda' }
  | { type: 'tick' }
  | { type: 'backoff-over' }
  /** The process ended. Its code is not trustworthy across versions and serves as a hint only. */
  | { type: 'exited'; hint: string }
  | { type: 'restart' }
  | { type: 'stop' };

export type EngineEffect = { do: 'probe' } | { do: 'fork'; cpuOnly: boolean } | { do: 'kill' } | { do: 'wait'; ms: number };

export interface Step {
  state: EngineState;
  effects: EngineEffect[];
}

/** A process is there, or about to be. */
const RUNNING: ReadonlySet<EngineState['phase']> = new Set(['starting', 'ready', 'unresponsive', 'restarting']);

export function initialState(now: number): EngineState {
  return {
    phase: 'stopped',
    since: now,
    restarts: 0,
    reason: null,
    nextStartAt: null,
    cpuOnly: false,
    pid: null,
    lastSign: now,
    lastTick: now,
    readySince: null,
    backend: 'cpu',
  };
}

/** 0.5, 1, 2, 4, 8 s before the 1st .. 5th restart. */
export function backoffMs(restart: number): number {
  return 500 * 2 ** (restart - 1);
}

export function statusOf(state: EngineState): EngineStatus {
  const { phase, since, restarts, reason, nextStartAt, cpuOnly, pid } = state;
  return { phase, since, restarts, reason, nextStartAt, cpuOnly, pid };
}

export function step(state: EngineState, event: EngineEvent, now: number): Step {
  const to = (phase: EngineState['phase'], change: Partial<EngineState> = {}): EngineState => ({ ...state, phase, since: now, ...change });
  const nothing: Step = { state, effects: [] };
  const running = RUNNING.has(state.phase);

  switch (event.type) {
    case 'start':
      if (state.phase !== 'stopped') return nothing;
      return { state: to('probing', { reason: null }), effects: [{ do: 'probe' }] };

    case 'probed':
      if (state.phase !== 'probing') return nothing;
      return { state: to('starting', { lastSign: now, lastTick: now }), effects: [{ do: 'fork', cpuOnly: state.cpuOnly }] };

    case 'probe-failed':
      if (state.phase !== 'probing') return nothing;
      return { state: to('failed', { reason: event.reason }), effects: [] };

    case 'spawned':
      return running ? { state: { ...state, pid: event.pid }, effects: [] } : nothing;

    case 'ready':
      if (state.phase !== 'starting' && state.phase !== 'restarting') return nothing;
      return { state: to('ready', { reason: null, readySince: now, lastSign: now, lastTick: now, backend: 'cpu' }), effects: [] };

    case 'heartbeat':
      if (state.phase === 'unresponsive') return { state: to('ready', { reason: null, lastSign: now }), effects: [] };
      return { state: { ...state, lastSign: now }, effects: [] };

    case 'backend':
      return { state: { ...state, backend: event.backend, lastSign: now }, effects: [] };

    case 'tick':
      return tick(state, now, to);

    case 'backoff-over':
      if (state.phase !== 'crashed') return nothing;
      return {
        state: to('restarting', { nextStartAt: null, lastSign: now, lastTick: now }),
        effects: [{ do: 'fork', cpuOnly: state.cpuOnly }],
      };

    case 'exited':
      return exited(state, event.hint, now, to);

    case 'restart': {
      const fresh = to('probing', { restarts: 0, reason: null, nextStartAt: null, readySince: null, pid: null });
      return { state: fresh, effects: running ? [{ do: 'kill' }, { do: 'probe' }] : [{ do: 'probe' }] };
    }

    case 'stop':
      if (state.phase === 'stopped') return nothing;
      return { state: to('stopped', { reason: null, nextStartAt: null, pid: null }), effects: running ? [{ do: 'kill' }] : [] };
  }
}

type To = (phase: EngineState['phase'], change?: Partial<EngineState>) => EngineState;

function tick(state: EngineState, now: number, to: To): Step {
  const slept = now - state.lastTick > 5 * TICK_MS;
  const seen = { ...state, lastTick: now, lastSign: slept ? now : state.lastSign };
  if (slept) return { state: seen, effects: [] };
  const silence = now - state.lastSign;
  if (state.phase === 'ready' && silence > SILENCE_MS) {
    const reason = `The engine has been silent for ${Math.round(silence / 1000)} s.`;
    return { state: to('unresponsive', { reason, lastTick: now }), effects: [] };
  }
  const hangs = state.phase === 'unresponsive' && now - state.since > HANG_MS;
  const stuck = (state.phase === 'starting' || state.phase === 'restarting') && now - state.since > START_TIMEOUT_MS;
  // The exit that follows the kill counts as the crash.
  return { state: seen, effects: hangs || stuck ? [{ do: 'kill' }] : [] };
}

function exited(state: EngineState, hint: string, now: number, to: To): Step {
  if (!RUNNING.has(state.phase)) return { state: { ...state, pid: null }, effects: [] };
  const wasHealthy = state.readySince !== null && now - state.readySince >= HEALTHY_MS;
  const restarts = (wasHealthy ? 0 : state.restarts) + 1;
  const onCuda = state.backend === 'cuda' && !state.cpuOnly;
  const hung = state.phase === 'unresponsive';
  const what = hung ? 'The engine did not answer any more and was ended' : `The engine ended unexpectedly (${hint})`;
  const gone = { pid: null, readySince: null, cpuOnly: state.cpuOnly || onCuda, restarts };
  if (restarts > MAX_RESTARTS) {
    const reason = `${what}, for the ${restarts}th time in a short while. Its log says more; restart it when the cause is mended.`;
    return { state: to('failed', { ...gone, restarts: MAX_RESTARTS, reason, nextStartAt: null }), effects: [] };
  }
  const ms = backoffMs(restarts);
  const reason = onCuda ? `${what} while it used the CUDA backend; it comes back on the CPU.` : `${what}.`;
  return { state: to('crashed', { ...gone, reason, nextStartAt: now + ms }), effects: [{ do: 'wait', ms }] };
}
