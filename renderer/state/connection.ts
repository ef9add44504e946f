// The way to the engine: one client while it lives, a state for everybody when it does not, and attempts to get it back.
import { createStore } from 'zustand/vanilla';
import { Client, type ServerInfo } from '../../engine/protocol/client.ts';
import { codedError } from '../../engine/protocol/envelope.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Result } from '../../engine/protocol/methods.ts';
import type { Transport } from '../../engine/protocol/transport.ts';
import { ConnectionRefused, type HostBridge } from '../host/bridge.ts';
import { keepPulse, type PulseTimes } from './engine_pulse.ts';

/** `lost` is being tried again; `failed` waits for the user. */
export type ConnectionStatus = 'connecting' | 'ready' | 'lost' | 'failed';

export interface ConnectionState {
  status: ConnectionStatus;
  /** Not null exactly while `ready`. */
  client: Client | null;
  hello: ServerInfo | null;
  /** What the engine said last; kept while the connection is lost. */
  info: Result<'engine.info'> | null;
  error: { code: string; message: string } | null;
  /** `failed` because the served host asks for its token. */
  needsToken: boolean;
  /** Attempts since the connection was lost, 0 while ready. */
  attempts: number;
  /** Times a connection was made; a change means that the engine may have forgotten its runs. */
  generation: number;
  /** Milliseconds since 1970; null while ready. */
  lostAt: number | null;
  nextAttemptAt: number | null;
  /** `ready`, but without an answer since then, milliseconds since 1970; null: it answers. */
  silentSince: number | null;
}

export const connectionStore = createStore<ConnectionState>()(() => ({
  status: 'connecting',
  client: null,
  hello: null,
  info: null,
  error: null,
  needsToken: false,
  attempts: 0,
  generation: 0,
  lostAt: null,
  nextAttemptAt: null,
  silentSince: null,
}));

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
const MOST_ATTEMPTS = 12;

/** The client of a ready connection. Throws BACKEND_LOST otherwise. */
export function engine(): Client {
  const { client, error } = connectionStore.getState();
  if (client) return client;
  throw new HeadscopeError('BACKEND_LOST', error?.message ?? 'The engine is not connected.');
}

/** The transport with a second listener for its end: the client takes the only one. */
function watched(transport: Transport, ended: () => void): Transport {
  return {
    send: (message) => transport.send(message),
    onMessage: (receiver) => transport.onMessage(receiver),
    onClose: (receiver) =>
      transport.onClose(() => {
        receiver();
        ended();
      }),
    close: () => transport.close(),
  };
}

export interface Connection {
  /** Tries at once, with the count of attempts begun anew; a connection that stands is given up for it. */
  retry(): void;
  stop(): void;
}

/** Connects, and connects again after a loss: 0.5 s, 1 s, 2 s ... 15 s apart. */
export function startConnection(
  bridge: HostBridge,
  { firstDelayMs = FIRST_DELAY_MS, pulse = {} }: { firstDelayMs?: number; pulse?: PulseTimes } = {},
): Connection {
  let stopped = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopPulse = () => {};

  const plan = (reason: unknown) => {
    if (stopped) return;
    stopPulse();
    connectionStore.setState({ silentSince: null });
    const { code, message } = codedError(reason);
    const refused = bridge.tokenGate?.refusal() ?? null;
    const needsToken = refused !== null;
    const error = {
      code: reason instanceof ConnectionRefused || needsToken ? 'BACKEND_UNAVAILABLE' : code,
      message: refused ?? plain(message),
    };
    const lostAt = connectionStore.getState().lostAt ?? Date.now();
    const hopeless = needsToken || reason instanceof ConnectionRefused || code === 'PROTOCOL_MISMATCH' || attempt >= MOST_ATTEMPTS;
    if (hopeless) {
      connectionStore.setState({ status: 'failed', needsToken, client: null, error, lostAt, nextAttemptAt: null });
      return;
    }
    const delay = Math.min(LONGEST_DELAY_MS, firstDelayMs * 2 ** attempt);
    attempt += 1;
    connectionStore.setState({ status: 'lost', client: null, error, attempts: attempt, lostAt, nextAttemptAt: Date.now() + delay });
    timer = setTimeout(open, delay);
  };

  const open = async () => {
    clearTimeout(timer);
    if (stopped) return;
    if (connectionStore.getState().generation === 0) connectionStore.setState({ status: 'connecting' });
    let client: Client | undefined;
    let over = false;
    const ended = () => {
      if (over) return;
      over = true;
      if (connectionStore.getState().client === client)
        plan(new HeadscopeError('BACKEND_LOST', 'The engine stopped or the connection broke.'));
    };
    try {
      const transport = await bridge.connect();
      if (stopped) {
        transport.close();
        return;
      }
      client = new Client(watched(transport, ended), { name: `interface (${bridge.kind})` });
      const hello = await client.ready();
      const info = await client.call('engine.info', {});
      if (stopped || over) {
        client.close();
        if (over) plan(new HeadscopeError('BACKEND_LOST', 'The engine stopped while it was greeted.'));
        return;
      }
      attempt = 0;
      const { generation } = connectionStore.getState();
      connectionStore.setState({
        status: 'ready',
        client,
        hello,
        info,
        error: null,
        needsToken: false,
        attempts: 0,
        generation: generation + 1,
        lostAt: null,
        nextAttemptAt: null,
      });
      const asked = client;
      stopPulse = keepPulse(
        () => asked.call('run.list', {}),
        (silentSince) => connectionStore.setState({ silentSince }),
        pulse,
      );
    } catch (error) {
      over = true;
      client?.close();
      plan(error);
    }
  };

  void open();
  return {
    retry() {
      attempt = 0;
      clearTimeout(timer);
      const { status, client } = connectionStore.getState();
      if (status === 'ready') {
        plan(new HeadscopeError('BACKEND_LOST', 'The connection was given up.'));
        clearTimeout(timer);
        client?.close();
      }
      void open();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      stopPulse();
      connectionStore.getState().client?.close();
    },
  };
}

function plain(message: string): string {
  return message.replace(/^Internal error: /, '');
}
