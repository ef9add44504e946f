// FakeClient: the real protocol client over the real protocol server, in one process, answered by functions a test writes. What a test
// does not answer is refused, what it answers wrongly fails against the method table.
import { Client } from '../../engine/protocol/client.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { inProcessPair } from '../../engine/protocol/in_process.ts';
import { type Method, methods, type Params } from '../../engine/protocol/methods.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import { type Handlers, serve } from '../../engine/protocol/server.ts';
import { type ConnectionState, connectionStore } from './connection.ts';

export interface FakeClient {
  client: Client;
  /** Every call, in order. */
  calls: { method: Method; params: Params<Method> }[];
}

export function fakeClient(answers: Partial<Handlers>): FakeClient {
  const calls: FakeClient['calls'] = [];
  const unanswered = (method: Method) => async () => {
    throw new HeadscopeError('UNKNOWN_METHOD', `The test does not answer ${method}.`);
  };
  const all = Object.fromEntries((Object.keys(methods) as Method[]).map((method) => [method, answers[method] ?? unanswered(method)]));
  const recorded = new Proxy(all, {
    get: (target, method: Method) => (params: Params<Method>, context: unknown) => {
      calls.push({ method, params });
      return target[method]?.(params as never, context as never);
    },
  });
  const [client, engine] = inProcessPair();
  // The table has an entry a method; that they are of the right types was checked where `answers` came in.
  serve(engine, { handlers: recorded as unknown as Handlers, build: 'fake', devices: ['cpu'], disconnected: () => {} });
  return { client: new Client(client, { validate: true }), calls };
}

/** Makes it the connection of the stores. */
export function connectFake(answers: Partial<Handlers>): FakeClient {
  const fake = fakeClient(answers);
  const ready: Partial<ConnectionState> = { status: 'ready', client: fake.client, error: null, attempts: 0 };
  connectionStore.setState(ready);
  return fake;
}

export function fakeRun(part: Partial<RunInfo> = {}): RunInfo {
  const layers = part.layers ?? 2;
  return {
    runId: 'run-1',
    kind: 'prefill',
    model: { name: 'fake', hash: null },
    rows: 256,
    layers,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    vocabSize: 100,
    layersPresent: Array.from({ length: layers }, (_, layer) => layer),
    promptHash: null,
    totalMs: 1,
    timings: [],
    notes: [],
    ...part,
  };
}
