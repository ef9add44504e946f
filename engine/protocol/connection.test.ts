// Client and server over the in-process pair, with handlers that this test controls.
import { describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from './client.ts';
import type { Progress } from './envelope.ts';
import { HeadscopeError } from './errors.ts';
import type { Frame } from './frame.ts';
import { inProcessPair } from './in_process.ts';
import { type Method, methods } from './methods.ts';
import { type Handlers, serve } from './server.ts';

const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

function connect(handlers: Partial<Handlers>, options: ClientOptions = {}) {
  const [near, far] = inProcessPair();
  const gone: object[] = [];
  const missing = async () => {
    throw new HeadscopeError('INTERNAL', 'not part of this test');
  };
  const all = Object.fromEntries(Object.keys(methods).map((name) => [name, handlers[name as Method] ?? missing])) as Handlers;
  serve(far, { handlers: all, build: 'test', devices: ['CPU'], disconnected: (owner) => gone.push(owner) });
  return { client: new Client(near, { validate: true, ...options }), near, far, gone };
}

describe('a call', () => {
  it('resolves with the result, after its events and frames', async () => {
    const { client } = connect({
      'map.row': async (_, { frame }) => {
        for (const key of [0, 1, 2])
          await frame({ key, dtype: 'f32', planes: 1, rows: 1, columns: 1, scale: [], payload: new Uint8Array(4) });
        return { frames: 3, rows: 1, columns: 3 };
      },
    });
    expect(await client.ready()).toEqual({ build: 'test', devices: ['CPU'] });
    const order: string[] = [];
    const onFrame = async (frame: Frame) => {
      await idle(5);
      order.push(`frame ${frame.key}`);
    };
    const result = await client.call('map.row', { runId: 'r', layer: 0, head: 0, row: 2 }, { onFrame });
    order.push('result');
    expect(result.frames).toBe(3);
    expect(order).toEqual(['frame 0', 'frame 1', 'frame 2', 'result']);
  });

  it('rejects with the code, the sentence and the figures that the handler threw', async () => {
    const { client } = connect({
      'run.close': async () => {
        throw new HeadscopeError('RUN_NOT_FOUND', 'There is no run x.', { runId: 'x' });
      },
      'run.list': async () => {
        throw new TypeError('a bug');
      },
      'engine.info': async () => {
        throw Object.assign(new Error('native says no'), { code: 'OUT_OF_MEMORY' });
      },
    });
    const refusal = client.call('run.close', { runId: 'x' });
    await expect(refusal).rejects.toMatchObject({ code: 'RUN_NOT_FOUND', message: 'There is no run x.', data: { runId: 'x' } });
    await expect(client.call('run.list', {})).rejects.toMatchObject({ code: 'INTERNAL', message: 'Internal error: a bug' });
    await expect(client.call('engine.info', {})).rejects.toMatchObject({ code: 'OUT_OF_MEMORY', message: 'native says no' });
  });

  it('names the parameter that is wrong, inside a choice too', async () => {
    const { client } = connect({});
    const params: object = { model: 'm', prompt: { ids: [1, 'two'] }, threads: -3 };
    const call = client.call('run.prefill', params as { model: string; prompt: { ids: number[] } });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringMatching(/prompt\.ids\.1: .*; threads: /) });
  });

  it('rejects what cannot be cloned, before it is sent', async () => {
    const { client } = connect({});
    const params: object = { runId: () => 'x' };
    await expect(client.call('run.close', params as { runId: string })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });

  it('rejects a result outside the contract where the client checks', async () => {
    const answer: object = { runs: [{ runId: 5 }] };
    const { client } = connect({ 'run.list': async () => answer as { runs: [] } });
    await expect(client.call('run.list', {})).rejects.toMatchObject({ code: 'PROTOCOL_MISMATCH' });
  });

  it('answers CANCELLED after an abort even when the handler finishes anyway', async () => {
    const { client } = connect({
      'run.list': async () => {
        await idle(20);
        return { runs: [] };
      },
    });
    const stop = new AbortController();
    const call = client.call('run.list', {}, { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(client.call('run.list', {}, { signal: stop.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await client.call('run.list', {})).toEqual({ runs: [] });
  });

  it('rejects when the connection closes, on either side, and later ones too', async () => {
    for (const side of ['near', 'far'] as const) {
      const ends = connect({ 'run.list': () => new Promise(() => {}) });
      const call = ends.client.call('run.list', {});
      await idle(1);
      ends[side].close();
      await expect(call).rejects.toMatchObject({ code: 'BACKEND_LOST' });
      await expect(ends.client.call('run.list', {})).rejects.toMatchObject({ code: 'BACKEND_LOST' });
      await idle(1);
      expect(ends.gone.length).toBe(1);
    }
  });

  it('cancels what is under way when its client goes', async () => {
    let aborted = false;
    const { client } = connect({
      'run.list': (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new HeadscopeError('CANCELLED', 'stopped'));
          });
        }),
    });
    const call = client.call('run.list', {});
    await idle(1);
    client.close();
    await expect(call).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    await idle(1);
    expect(aborted).toBe(true);
  });
});

describe('progress', () => {
  it('goes out at most 20 times a second, the newest of each interval, none after the result', async () => {
    const seen: { at: number; progress: Progress }[] = [];
    const { client } = connect({
      'run.list': async (_, { progress }) => {
        for (let done = 1; done <= 300; done += 1) {
          progress({ done, total: 300, unit: 'step', note: '' });
          await idle(1);
        }
        return { runs: [] };
      },
    });
    const begin = performance.now();
    await client.call('run.list', {}, { onProgress: (progress) => seen.push({ at: performance.now(), progress }) });
    const seconds = (performance.now() - begin) / 1000;
    const count = seen.length;
    await idle(80);
    expect(seen.length).toBe(count);
    expect(count).toBeGreaterThan(3);
    expect(count).toBeLessThanOrEqual(Math.ceil(seconds * 20) + 1);
    const steps = seen.map(({ progress }) => progress.done);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(new Set(steps).size).toBe(count);
  });
});

describe('credit', () => {
  const bytes = 1000;
  const frames = 40;
  const sender: Partial<Handlers> = {
    'map.row': async (_, { frame }) => {
      const payload = new Uint8Array(bytes);
      for (let key = 0; key < frames; key += 1) {
        await frame({ key, dtype: 'f32', planes: 1, rows: 1, columns: bytes / 4, scale: [], payload });
      }
      return { frames, rows: 1, columns: bytes / 4 };
    },
  };
  const row = { runId: 'r', layer: 0, head: 0, row: 0 };

  it('bounds what is under way and returns as frames are taken in', async () => {
    const { client } = connect(sender, { credit: 3 * (bytes + 32) });
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let taken = 0;
    const call = client.call('map.row', row, {
      onFrame: async () => {
        taken += 1;
        await gate;
      },
    });
    await idle(30);
    expect(taken).toBe(1);
    open();
    await call;
    expect(taken).toBe(frames);
  });

  it('is exactly what was granted', async () => {
    const [near, far] = inProcessPair();
    const { 'map.row': handler } = sender;
    serve(far, { handlers: { 'map.row': handler } as Handlers, build: '', devices: [], disconnected: () => {} });
    let received = 0;
    near.onMessage((message) => {
      if (message instanceof Uint8Array) received += 1;
    });
    near.send({ kind: 'hello', protocol: 1, client: 'raw', credit: 2 * (bytes + 32) + 5 });
    near.send({ kind: 'request', id: 1, method: 'map.row', params: row });
    await idle(10);
    expect(received).toBe(2);
    near.send({ kind: 'credit', bytes: bytes + 32 - 6 });
    await idle(10);
    expect(received).toBe(2);
    near.send({ kind: 'credit', bytes: 1 });
    await idle(10);
    expect(received).toBe(3);
  });

  it('comes back for frames of a call that is over, so that others are not starved', async () => {
    const { client } = connect(sender, { credit: 3 * (bytes + 32) });
    const stop = new AbortController();
    const first = client.call('map.row', row, { signal: stop.signal, onFrame: () => stop.abort() });
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' });
    let taken = 0;
    await client.call('map.row', row, {
      onFrame: () => {
        taken += 1;
      },
    });
    expect(taken).toBe(frames);
  });

  it('fails a call whose receiver throws, and only that one', async () => {
    const { client } = connect(sender, { credit: 3 * (bytes + 32) });
    const broken = client.call('map.row', row, {
      onFrame: () => {
        throw new HeadscopeError('FILE_WRITE_FAILED', 'The disk is full.');
      },
    });
    await expect(broken).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
    expect((await client.call('map.row', row, { onFrame: () => {} })).frames).toBe(frames);
  });
});

describe('the in-process pair', () => {
  it('clones: the other side never shares memory, and a class arrives as plain data', async () => {
    const [near, far] = inProcessPair();
    const sent = { list: [1, 2, 3] };
    const got: unknown[] = [];
    far.onMessage((message) => got.push(message));
    near.send(sent);
    sent.list.push(4);
    await idle(1);
    expect(got).toEqual([{ list: [1, 2, 3] }]);
    expect(() => near.send({ run: () => {} })).toThrow();
  });

  it('keeps messages until somebody listens, in order', async () => {
    const [near, far] = inProcessPair();
    for (let place = 0; place < 5; place += 1) near.send({ place });
    await idle(1);
    const got: unknown[] = [];
    far.onMessage((message) => got.push(message));
    await idle(1);
    expect(got).toEqual([0, 1, 2, 3, 4].map((place) => ({ place })));
  });
});
