// Messages, parameters and requests that have to be refused, each with its code.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../engine/protocol/errors.ts';
import { type Method, methods } from '../../engine/protocol/methods.ts';
import { type ContractContext, model, prompt, rawConnection, root } from './contract_context.ts';

export function describeRefusals(under: ContractContext): void {
  describe('what does not belong', () => {
    it('gets a coded error, and the connection goes on', async () => {
      const { transport, received, answer, hello } = await rawConnection(under.engine, 0);
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
      const client = await under.connect();
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
      const client = await under.connect();
      const refused = async (call: Promise<unknown>, code: ErrorCode) => {
        const error = await call.then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toMatchObject({ code });
        expect((error as Error).message.length).toBeGreaterThan(20);
        expect((error as Error).message).not.toMatch(/\n\s+at /);
      };
      const { vocabSize } = await client.call('checkpoint.inspect', { model });
      await refused(client.call('checkpoint.inspect', { model: join(root, 'no', 'such') }), 'FILE_NOT_FOUND');
      await refused(client.call('run.prefill', { model: join(root, 'assets', 'prompts'), prompt: prompt(4) }), 'FILE_NOT_FOUND');
      await refused(client.call('run.prefill', { model, prompt: { text: '' } }), 'PROMPT_EMPTY');
      await refused(client.call('run.prefill', { model, prompt: { ids: [] } }), 'PROMPT_EMPTY');
      await refused(client.call('run.prefill', { model, prompt: { ids: [5, vocabSize] } }), 'TOKEN_OUT_OF_RANGE');
      await refused(client.call('run.prefill', { model, prompt: { ids: [5, -1] } }), 'TOKEN_OUT_OF_RANGE');
      await refused(client.call('run.prefill', { model, prompt: { ids: [5, 1.5] } }), 'TOKEN_OUT_OF_RANGE');
      await refused(client.call('run.prefill', { model, prompt: prompt(4), config: 'not json' }), 'CONFIG_INVALID');
      await refused(client.call('run.prefill', { model, prompt: prompt(4), config: '[{"0":["stream_llm",4,8,0.5]}]' }), 'CONFIG_MISMATCH');
      await refused(client.call('run.close', { runId: 'run-0' }), 'RUN_NOT_FOUND');
      const { runId, rows, layers, heads } = await under.prefill(client, 70);
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
      const client = await under.connect();
      const { devices } = await client.call('engine.info', {});
      if (devices.some(({ name, available }) => available && /cuda/i.test(name))) return;
      const call = client.call('run.prefill', { model, prompt: prompt(4), backend: 'cuda' });
      const message = expect.stringMatching(/^The cuda backend is not available: .*[^.]\. Available: cpu\.$/);
      await expect(call).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE', message });
    });
  });
}
