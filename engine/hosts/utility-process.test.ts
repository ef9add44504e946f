// The desktop's engine process with Electron's ports played by Node's, in Electron's shape: an event with data, a start().
import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Client } from '../protocol/client.ts';
import { type FromEngine, HEARTBEAT_MS } from '../protocol/desktop.ts';
import { portTransport } from '../protocol/message_port.ts';

class ElectronPort extends EventEmitter {
  readonly #port: MessagePort;
  constructor(port: MessagePort) {
    super();
    this.#port = port;
  }
  start(): void {
    this.#port.on('message', (data) => this.emit('message', { data }));
    this.#port.on('close', () => this.emit('close'));
  }
  postMessage(message: unknown, transfer?: unknown): void {
    expect(transfer).toBeUndefined();
    this.#port.postMessage(message);
  }
  close(): void {
    this.#port.close();
  }
}

const said: FromEngine[] = [];
const parent = Object.assign(new EventEmitter(), { postMessage: (message: FromEngine) => said.push(message) });

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  Object.defineProperty(process, 'parentPort', { value: parent, configurable: true });
  await import('./utility-process.ts');
});
afterAll(() => {
  vi.useRealTimers();
  Reflect.deleteProperty(process, 'parentPort');
});

function connect(): Client {
  const { port1, port2 } = new MessageChannel();
  parent.emit('message', { data: { kind: 'connect' }, ports: [new ElectronPort(port2)] });
  return new Client(
    portTransport({
      post: (message) => port1.postMessage(message),
      listen: (onMessage, onClose) => {
        port1.on('close', onClose);
        port1.on('message', onMessage);
      },
      close: () => port1.close(),
    }),
    { validate: true },
  );
}

describe('the engine process of the desktop', () => {
  it('says that it is ready, on which backend, and that it lives', () => {
    expect(said).toEqual([
      { kind: 'backend', backend: 'cpu' },
      { kind: 'ready', devices: expect.arrayContaining([expect.stringContaining('CPU')]) },
    ]);
    vi.advanceTimersByTime(2 * HEARTBEAT_MS);
    expect(said.slice(2)).toEqual([{ kind: 'heartbeat' }, { kind: 'heartbeat' }]);
  });

  it('serves every port it is given, with the bundled model', async () => {
    const [one, two] = [connect(), connect()];
    const { models } = await one.call('library.list', {});
    expect(models).toMatchObject([{ id: 'bundled:demo-model', path: expect.stringContaining('demo-model') }]);
    const run = await one.call('run.prefill', { model: models[0]?.path ?? '', prompt: { ids: [5, 6, 7] } });
    let cells = 0;
    const onFrame = (frame: { payload: Uint8Array }) => {
      cells += frame.payload.byteLength;
    };
    await one.call('map.exact', { runId: run.runId, layer: 0, head: 0, rect: [0, 3, 0, 3] }, { onFrame });
    expect(cells).toBe(9 * 4);
    expect((await two.call('run.list', {})).runs).toEqual([]);
    expect(await two.call('engine.info', {})).toMatchObject({ writesFiles: true });
    one.close();
    two.close();
  });

  it('ignores what is no request for a port', () => {
    for (const data of [null, 'connect', {}, { kind: 'other' }, { kind: 'connect' }]) {
      expect(() => parent.emit('message', { data, ports: [] })).not.toThrow();
    }
  });
});
