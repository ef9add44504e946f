// What every transport to an engine has to keep, over the real engine and the bundled model.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, type ClientOptions } from '../../engine/protocol/client.ts';
import type { ERROR_CODES } from '../../engine/protocol/errors.ts';
import { decodeFrame, type Frame, frameDoubles, frameFloats } from '../../engine/protocol/frame.ts';
import { PROTOCOL_VERSION } from '../../engine/protocol/limits.ts';
import { type Method, methods } from '../../engine/protocol/methods.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { Transport } from '../../engine/protocol/transport.ts';

/** One engine reached over one kind of transport. Every connect() is a new connection to the same engine. */
export interface EngineUnderTest {
  connect(): Promise<Transport>;
  /** Runs that the engine holds for all its clients. */
  liveRuns(): Promise<number>;
  close(): Promise<void>;
}

const root = join(import.meta.dirname, '..', '..');
const model = join(root, 'assets', 'demo-model');
const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
/** Ids that every model of more than 3,000 has; varied enough that heads differ. */
const prompt = (tokens: number) => ({ ids: Array.from({ length: tokens }, (_, place) => 3 + ((place * place * 7 + place * 31) % 2900)) });

async function until(condition: () => boolean | Promise<boolean>, milliseconds = 2000): Promise<boolean> {
  for (const begin = performance.now(); performance.now() - begin < milliseconds; await idle(5)) if (await condition()) return true;
  return condition();
}

/** A connection below the client, to send what a client never would. */
async function rawConnection(engine: EngineUnderTest, credit: number) {
  const transport = await engine.connect();
  const received: Record<string, unknown>[] = [];
  const frames: Frame[] = [];
  let closed = false;
  transport.onMessage((message) => {
    if (message instanceof Uint8Array) frames.push(decodeFrame(message));
    else if (typeof message === 'object' && message !== null) received.push({ ...message });
  });
  transport.onClose(() => {
    closed = true;
  });
  const answer = async (id: number) => {
    const find = () => received.find((message) => message.id === id && (message.kind === 'result' || message.kind === 'error'));
    await until(() => find() !== undefined, 20_000);
    return find();
  };
  return {
    transport,
    received,
    frames,
    answer,
    isClosed: () => closed,
    hello: { kind: 'hello', protocol: PROTOCOL_VERSION, client: 'raw', credit },
  };
}

export function describeContract(name: string, start: () => Promise<EngineUnderTest>): void {
  describe(`the protocol over ${name}`, () => {
    let engine: EngineUnderTest;
    const clients: Client[] = [];
    const connect = async (options: ClientOptions = {}) => {
      const client = new Client(await engine.connect(), { validate: true, ...options });
      clients.push(client);
      await client.ready();
      return client;
    };
    const prefill = (client: Client, tokens: number) => client.call('run.prefill', { model, prompt: prompt(tokens) });

    beforeAll(async () => {
      engine = await start();
    });
    afterAll(async () => {
      for (const client of clients) client.close();
      await engine?.close();
    });

    describe('greeting', () => {
      it('names the build and the devices', async () => {
        const info = await (await connect()).ready();
        expect(info.build).not.toBe('');
        expect(info.devices.length).toBeGreaterThan(0);
      });

      it('refuses another version and closes', async () => {
        const { transport, received, isClosed, hello } = await rawConnection(engine, 0);
        transport.send({ ...hello, protocol: PROTOCOL_VERSION + 1 });
        expect(await until(() => received.some((message) => message.kind === 'error'))).toBe(true);
        expect(received.find((message) => message.kind === 'error')).toMatchObject({ id: 0, error: { code: 'PROTOCOL_MISMATCH' } });
        expect(await until(isClosed)).toBe(true);
      });

      it('comes before anything else', async () => {
        const { transport, answer } = await rawConnection(engine, 0);
        transport.send({ kind: 'request', id: 7, method: 'run.list', params: {} });
        expect(await answer(7)).toMatchObject({ error: { code: 'PROTOCOL_MISMATCH' } });
        transport.close();
      });
    });

    describe('what does not belong', () => {
      it('gets a coded error, and the connection goes on', async () => {
        const { transport, received, answer, hello } = await rawConnection(engine, 0);
        transport.send(hello);
        const garbage: object[] = [
          {},
          [],
          { kind: 'nonsense' },
          { kind: 'request', id: 0, method: 'run.list', params: {} },
          { kind: 'request', id: -1, method: 'run.list', params: {} },
          { kind: 'request', id: 1.5, method: 'run.list', params: {} },
          { kind: 'request', id: '1', method: 'run.list', params: {} },
          { kind: 'request', id: 2 ** 32, method: 'run.list', params: {} },
          { kind: 'credit', bytes: -5 },
          { kind: 'credit', bytes: Number.MAX_SAFE_INTEGER },
          { kind: 'result', id: 3, result: {} },
          new Uint8Array([1, 2, 3]),
          new Uint8Array(0),
        ];
        for (const message of garbage) transport.send(message);
        transport.send({ kind: 'cancel', id: 999 });
        transport.send({ kind: 'request', id: 50, method: 'engine.teleport', params: {} });
        transport.send({ kind: 'request', id: 51, method: '__proto__', params: {} });
        transport.send({ kind: 'request', id: 52, method: 'run.list', params: {} });
        expect(await answer(50)).toMatchObject({ error: { code: 'UNKNOWN_METHOD' } });
        expect(await answer(51)).toMatchObject({ error: { code: 'UNKNOWN_METHOD' } });
        expect(await answer(52)).toMatchObject({ kind: 'result', result: { runs: [] } });
        const refused = received.filter((message) => message.kind === 'error');
        expect(refused.length).toBe(garbage.length + 2);
        transport.close();
      });

      it('is refused by every method with INVALID_REQUEST, whatever its parameters are', async () => {
        const client = await connect();
        const hostile: unknown[] = [
          null,
          undefined,
          5,
          'x',
          [],
          [1],
          { extra: 1 },
          { runId: 5 },
          { runId: '' },
          { model: 3 },
          { model: 'a\0b' },
        ];
        const numbers: unknown[] = [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 40, '3', null, {}, []];
        for (const method of Object.keys(methods) as Method[]) {
          const head = { runId: 'run-1', layer: 0, head: 0 };
          const changed = numbers.flatMap((bad) => [
            { ...head, layer: bad },
            { ...head, head: bad },
            { ...head, rect: [0, bad, 0, 4] },
            { ...head, row: bad },
            // A budget above the input is a clamp, not an error.
            { ...head, pattern: { kind: 'a_shape', sink: bad === 2 ** 40 ? -2 : bad, window: 1 } },
          ]);
          for (const params of [...hostile, ...changed]) {
            // These are parameters of another type on purpose: the engine has to find out, not the compiler.
            const call = client.call(method, params as never);
            await expect(call, `${method} ${JSON.stringify(params)}`).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
          }
        }
      });

      it('is a path of no model, a missing run, a head out of range', async () => {
        const client = await connect();
        const refused = async (call: Promise<unknown>, code: (typeof ERROR_CODES)[number]) => {
          const error = await call.then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          expect(error).toMatchObject({ code });
          expect((error as Error).message.length).toBeGreaterThan(20);
          expect((error as Error).message).not.toMatch(/\n\s+at /);
        };
        await refused(client.call('checkpoint.inspect', { model: join(root, 'no', 'such') }), 'FILE_NOT_FOUND');
        await refused(client.call('run.prefill', { model: join(root, 'assets', 'prompts'), prompt: prompt(4) }), 'FILE_NOT_FOUND');
        await refused(client.call('run.prefill', { model, prompt: { text: '' } }), 'PROMPT_EMPTY');
        await refused(client.call('run.prefill', { model, prompt: { ids: [] } }), 'PROMPT_EMPTY');
        await refused(client.call('run.prefill', { model, prompt: { ids: [5, 3072] } }), 'TOKEN_OUT_OF_RANGE');
        await refused(client.call('run.prefill', { model, prompt: { ids: [5, -1] } }), 'TOKEN_OUT_OF_RANGE');
        await refused(client.call('run.prefill', { model, prompt: { ids: [5, 1.5] } }), 'TOKEN_OUT_OF_RANGE');
        await refused(client.call('run.prefill', { model, prompt: prompt(4), config: 'not json' }), 'CONFIG_INVALID');
        await refused(
          client.call('run.prefill', { model, prompt: prompt(4), config: '[{"0":["stream_llm",4,8,0.5]}]' }),
          'CONFIG_MISMATCH',
        );
        await refused(client.call('run.close', { runId: 'run-0' }), 'RUN_NOT_FOUND');
        const { runId, rows, layers, heads } = await prefill(client, 70);
        const place = { runId, layer: 0, head: 0 };
        await refused(client.call('map.row', { ...place, layer: layers, row: 0 }), 'INVALID_REQUEST');
        await refused(client.call('map.row', { ...place, head: heads, row: 0 }), 'INVALID_REQUEST');
        await refused(client.call('map.row', { ...place, row: rows }), 'INVALID_REQUEST');
        await refused(client.call('map.exact', { ...place, rect: [0, rows + 1, 0, 1] }), 'INVALID_REQUEST');
        const block = { kind: 'block_sparse', blocks: 4, blockSize: 48 } as const;
        await refused(client.call('pattern.index', { ...place, pattern: block }), 'PATTERN_INVALID');
        await refused(client.call('pattern.evaluate', { ...place, pattern: { kind: 'dense' }, fromRow: rows }), 'INVALID_REQUEST');
        await client.call('run.close', { runId });
        await refused(client.call('map.row', { ...place, row: 0 }), 'RUN_NOT_FOUND');
      });

      it('is a backend that is not there', async () => {
        const client = await connect();
        const { devices } = await client.call('engine.info', {});
        if (devices.some(({ name, available }) => available && /cuda/i.test(name))) return;
        const call = client.call('run.prefill', { model, prompt: prompt(4), backend: 'cuda' });
        await expect(call).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
      });
    });

    describe('a run', () => {
      it('answers with frames that are exact: rows of probabilities that sum to 1', async () => {
        const client = await connect();
        const { runId, rows } = await prefill(client, 300);
        const cells = new Float32Array(rows * rows);
        let filled = 0;
        const call = client.call(
          'map.exact',
          { runId, layer: 1, head: 2, rect: [0, rows, 0, rows] },
          {
            onFrame: (frame) => {
              cells.set(frameFloats(frame), filled);
              filled += frame.rows * frame.columns;
            },
          },
        );
        expect((await call).frames).toBeGreaterThanOrEqual(1);
        expect(filled).toBe(rows * rows);
        for (let row = 0; row < rows; row += 1) {
          const sum = cells.subarray(row * rows, (row + 1) * rows).reduce((total, cell) => total + cell, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-4);
          for (let key = row + 1; key < rows; key += 1) expect(cells[row * rows + key]).toBe(0);
        }
        let single: Float32Array | undefined;
        await client.call(
          'map.row',
          { runId, layer: 1, head: 2, row: 250 },
          {
            onFrame: (frame) => {
              single = frameFloats(frame);
            },
          },
        );
        expect([...(single ?? [])]).toEqual([...cells.subarray(250 * rows, 250 * rows + 251)]);

        const masses: Float64Array[] = [];
        await client.call(
          'map.profiles',
          { runId, layer: 1, head: 2 },
          {
            onFrame: (frame) => {
              masses.push(frameDoubles(frame));
            },
          },
        );
        const total = (mass: Float64Array | undefined) => mass?.reduce((sum, value) => sum + value, 0) ?? 0;
        expect(total(masses[0])).toBeCloseTo(rows, 2);
        expect(total(masses[1])).toBeCloseTo(rows, 2);
        await client.call('run.close', { runId });
      });

      it('answers a tile in codes of the scale it states', async () => {
        const client = await connect();
        const { runId, rows } = await prefill(client, 600);
        let tile: Frame | undefined;
        const place = { runId, layer: 0, head: 0 };
        const onFrame = (frame: Frame) => {
          tile = frame;
        };
        await client.call('map.tile', { ...place, rect: [0, rows, 0, rows], key: 0xdeadbeef }, { onFrame });
        const exact = new Float32Array(256 * 256);
        const size = { width: 256, height: 256 };
        await client.call(
          'map.aggregate',
          { ...place, rect: [0, rows, 0, rows], size, aggregate: 'max' },
          { onFrame: (frame) => exact.set(frameFloats(frame)) },
        );
        expect(tile).toMatchObject({ key: 0xdeadbeef, dtype: 'u8', planes: 2, rows: 256, columns: 256 });
        const { low, high } = tile?.scale[0] ?? { low: 0, high: 0 };
        exact.forEach((cell, place) => {
          const code = tile?.payload[place] ?? 0;
          if (!(cell > 0)) expect(code).toBe(0);
          else if (Math.log2(cell) > low) expect(Math.abs(low + ((code - 1) / 254) * (high - low) - Math.log2(cell))).toBeLessThan(0.06);
        });
        await client.call('run.close', { runId });
      });

      it('belongs to the client that made it, and goes with it', async () => {
        const [mine, other] = [await connect(), await connect()];
        const before = await engine.liveRuns();
        const { runId } = await prefill(mine, 80);
        expect(await engine.liveRuns()).toBe(before + 1);
        expect((await mine.call('run.list', {})).runs.map((run: RunInfo) => run.runId)).toEqual([runId]);
        expect((await other.call('run.list', {})).runs).toEqual([]);
        await expect(other.call('map.row', { runId, layer: 0, head: 0, row: 0 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
        await expect(other.call('run.close', { runId })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
        mine.close();
        expect(await until(async () => (await engine.liveRuns()) === before)).toBe(true);
        expect((await prefill(other, 10)).rows).toBe(10);
      });
    });

    describe('patterns', () => {
      it('cost and keep what index, mask, evaluation and surface agree on', async () => {
        const client = await connect();
        const { runId, rows } = await prefill(client, 700);
        const place = { runId, layer: 2, head: 3 };
        const kinds = [
          { kind: 'vertical_slash', verticals: 100, slashes: 150 },
          { kind: 'a_shape', sink: 20, window: 90 },
          { kind: 'block_sparse', blocks: 3, blockSize: 64 },
        ] as const;
        for (const pattern of kinds) {
          const index = await client.call('pattern.index', { ...place, pattern });
          const evaluation = await client.call('pattern.evaluate', { ...place, pattern, fromRow: 350 });
          const mask = new Float32Array(rows * rows);
          let filled = 0;
          await client.call(
            'map.mask',
            { ...place, pattern, rect: [0, rows, 0, rows], size: { width: rows, height: rows } },
            {
              onFrame: (frame) => {
                mask.set(frameFloats(frame), filled);
                filled += frame.rows * frame.columns;
              },
            },
          );
          const keeps = (row: number, key: number) => {
            if (index.rows) return index.rows[Math.floor(row / 64)]?.includes(Math.floor(key / 64)) ?? false;
            return (index.columns?.includes(key) ?? false) || (index.distances?.includes(row - key) ?? false);
          };
          let kept = 0;
          for (let row = 0; row < rows; row += 1) {
            for (let key = 0; key <= row; key += 1) {
              const expected = keeps(row, key) ? 1 : 0;
              kept += expected;
              if (mask[row * rows + key] !== expected) expect.fail(`${pattern.kind}: mask and index differ at (${row}, ${key})`);
            }
          }
          expect(evaluation.density.nominal).toBeCloseTo(kept / ((rows * (rows + 1)) / 2), 12);
          expect(evaluation.tiles.executed).toBe(index.executedTiles.reduce((sum, tiles) => sum + tiles, 0));
          expect(evaluation.tiles.causal).toBe(index.causalTiles.reduce((sum, tiles) => sum + tiles, 0));

          const surface = await client.call('pattern.surface', { ...place, kind: pattern.kind });
          const [first, second] = surface.axes;
          const half = surface.bands.find((band) => band.rows[1] === rows);
          expect(half).toBeDefined();
          expect(surface.bands.some((band) => band.rows[0] === 350)).toBe(true);
          // An edge of the surface, evaluated by itself.
          const [i, j] = [Math.floor((first?.edges.length ?? 0) / 2), Math.floor((second?.edges.length ?? 0) / 3)];
          const budgets = [first?.edges[i] ?? 0, second?.edges[j] ?? 0] as const;
          const edge =
            pattern.kind === 'vertical_slash'
              ? { kind: pattern.kind, verticals: budgets[0], slashes: budgets[1] }
              : pattern.kind === 'a_shape'
                ? { kind: pattern.kind, sink: budgets[0], window: budgets[1] }
                : { kind: pattern.kind, blocks: budgets[0], blockSize: 64 };
          const at = (table: typeof surface.recall): number => {
            const row = table[i];
            return Array.isArray(row) ? (row[j] ?? Number.NaN) : (row ?? Number.NaN);
          };
          const single = await client.call('pattern.evaluate', { ...place, pattern: edge });
          expect(at(surface.recall)).toBeCloseTo(single.recall.mean, 5);
          expect(at(surface.nominal)).toBeCloseTo(single.density.nominal, 12);
          expect(at(surface.executed)).toBeCloseTo(single.density.executed, 12);
        }
        await client.call('run.close', { runId });
      });

      it('are searched with scores that single evaluations repeat, a head at a time', async () => {
        const client = await connect();
        const { runId, rows, layers, heads } = await prefill(client, 900);
        const events: {
          layer: number;
          head: number;
          winner: number;
          candidates: { pattern: object; recall: number; density: number }[];
        }[] = [];
        const found = await client.call('search.run', { runId, layers: [1, 3], heads: [0, 5] }, { onEvent: (event) => events.push(event) });
        expect(events.map(({ layer, head }) => [layer, head])).toEqual([
          [1, 0],
          [1, 5],
          [3, 0],
          [3, 5],
        ]);
        expect(found).toMatchObject({ heads: 4, scoredFrom: 450, rows });
        // 900 tokens: the (3500, 100) candidate does not fit.
        expect(found.skipped).toEqual([expect.objectContaining({ verticals: 3500, slashes: 100, forcedLocal: 30 })]);
        expect(found.notes.join(' ')).toMatch(/skipped/);
        const head = events[1];
        const kinds = head?.candidates.map(({ pattern }) => (pattern as { kind: string }).kind);
        expect(kinds).toEqual(['a_shape', 'vertical_slash', 'vertical_slash', 'vertical_slash', 'block_sparse']);
        for (const candidate of head?.candidates ?? []) {
          const pattern = candidate.pattern as Parameters<typeof client.call<'pattern.evaluate'>>[1]['pattern'];
          const single = await client.call('pattern.evaluate', { runId, layer: 1, head: 5, pattern, fromRow: 450 });
          expect(candidate.recall).toBeCloseTo(single.recall.fromRow?.mean ?? 0, 5);
          expect(candidate.density).toBeCloseTo(single.density.executed, 12);
        }
        const best = Math.max(...(head?.candidates.map(({ recall }) => recall) ?? []));
        expect(head?.winner).toBe(head?.candidates.findIndex(({ recall }) => recall === best));
        const config = JSON.parse(found.text);
        expect(config.heads.length).toBe(layers);
        expect(config.heads[0].length).toBe(heads);
        expect(config.heads[0][0].pattern).toEqual({ kind: 'dense' });
        expect(await client.call('config.check', { document: found.text, model })).toMatchObject({ format: 'headscope', layers, heads });
        await expect(client.call('config.convert', { document: found.text, to: 'minference' })).rejects.toMatchObject({
          code: 'CONFIG_INVALID',
        });
        const denseAs = { verticals: 1000, slashes: 6096 };
        const other = await client.call('config.convert', { document: found.text, to: 'minference', denseAs });
        expect(JSON.parse(other.text)[0]['0'].slice(0, 3)).toEqual(['vertical_and_slash', 1000, 6096]);
        const sparse = await client.call('run.prefill', { model, prompt: prompt(900), config: found.text });
        expect(sparse.timings.length).toBe(layers);
        await client.call('run.close', { runId: sparse.runId });
        await client.call('run.close', { runId });
      });
    });

    describe('cancelling', () => {
      it('answers within 100 ms during a prefill, and leaves no run', async () => {
        const client = await connect();
        const before = await engine.liveRuns();
        const stop = new AbortController();
        let progressed = false;
        const call = client.call(
          'run.prefill',
          { model, prompt: prompt(12_000) },
          {
            signal: stop.signal,
            onProgress: () => {
              progressed = true;
            },
          },
        );
        call.catch(() => {});
        await until(() => progressed, 20_000);
        const begin = performance.now();
        stop.abort();
        await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
        expect(performance.now() - begin).toBeLessThan(100);
        expect(await engine.liveRuns()).toBe(before);
        expect((await prefill(client, 20)).rows).toBe(20);
      });

      it('answers within 100 ms during a search', async () => {
        const client = await connect();
        const { runId } = await prefill(client, 3600);
        const stop = new AbortController();
        let heads = 0;
        const call = client.call(
          'search.run',
          { runId },
          {
            signal: stop.signal,
            onEvent: () => {
              heads += 1;
            },
          },
        );
        call.catch(() => {});
        await until(() => heads >= 2, 60_000);
        const begin = performance.now();
        stop.abort();
        await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
        expect(performance.now() - begin).toBeLessThan(100);
        await client.call('run.close', { runId });
      });

      it('reaches a request that waits for its turn', async () => {
        const client = await connect();
        const first = new AbortController();
        const second = new AbortController();
        const running = client.call('run.prefill', { model, prompt: prompt(12_000) }, { signal: first.signal });
        running.catch(() => {});
        const waiting = client.call('run.prefill', { model, prompt: prompt(50) }, { signal: second.signal });
        waiting.catch(() => {});
        await idle(30);
        second.abort();
        const begin = performance.now();
        await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
        expect(performance.now() - begin).toBeLessThan(100);
        first.abort();
        await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
      });
    });

    describe('the machine', () => {
      it('serves a map between the heads of a search', async () => {
        const client = await connect();
        const { runId } = await prefill(client, 2600);
        const stop = new AbortController();
        let heads = 0;
        const search = client.call(
          'search.run',
          { runId },
          {
            signal: stop.signal,
            onEvent: () => {
              heads += 1;
            },
          },
        );
        search.catch(() => {});
        await until(() => heads >= 1, 60_000);
        const before = heads;
        await client.call('map.tile', { runId, layer: 0, head: 0, rect: [0, 256, 0, 256], key: 1 }, { onFrame: () => {} });
        expect(heads - before).toBeLessThanOrEqual(2);
        stop.abort();
        await expect(search).rejects.toMatchObject({ code: 'CANCELLED' });
        await client.call('run.close', { runId });
      });

      it('tells of its progress at most 20 times a second, never backwards', async () => {
        const client = await connect();
        const steps: number[] = [];
        const begin = performance.now();
        const { runId } = await client.call(
          'run.prefill',
          { model, prompt: prompt(4000) },
          {
            onProgress: ({ done, total }) => {
              expect(done).toBeLessThanOrEqual(total);
              steps.push(done);
            },
          },
        );
        const seconds = (performance.now() - begin) / 1000;
        expect(steps.length).toBeGreaterThan(0);
        expect(steps.length).toBeLessThanOrEqual(Math.ceil(seconds * 20) + 1);
        expect(steps).toEqual([...steps].sort((a, b) => a - b));
        await client.call('run.close', { runId });
      });

      it('sends no frame beyond the credit it was given', async () => {
        const { transport, frames, answer, hello } = await rawConnection(engine, 0);
        transport.send(hello);
        transport.send({ kind: 'request', id: 1, method: 'run.prefill', params: { model, prompt: prompt(700) } });
        const made = await answer(1);
        const { runId } = (made as { result: RunInfo }).result;
        transport.send({ kind: 'request', id: 2, method: 'map.exact', params: { runId, layer: 0, head: 0, rect: [0, 700, 0, 700] } });
        await idle(150);
        expect(frames.length).toBe(0);
        transport.send({ kind: 'credit', bytes: (1 << 20) + 32 });
        expect(await until(() => frames.length === 1)).toBe(true);
        await idle(50);
        expect(frames.length).toBe(1);
        transport.send({ kind: 'credit', bytes: 8 << 20 });
        expect(await answer(2)).toMatchObject({ kind: 'result', result: { frames: frames.length, rows: 700, columns: 700 } });
        transport.close();
      });
    });
  });
}
