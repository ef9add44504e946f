// Jobs: cancelling, fairness, progress, credit.
import { describe, expect, it } from 'vitest';
import type { RunInfo } from '../../engine/protocol/records.ts';
import { type ContractContext, idle, model, prompt, rawConnection, until } from './contract_context.ts';

/** Far above the latency that bench/ reports: a loaded machine must not fail a test of behaviour. */
const PROMPT_MS = 2000;

export function describeJobs(under: ContractContext): void {
  describe('cancelling', () => {
    it('answers promptly during a prefill, and leaves no run', async () => {
      const client = await under.connect();
      const before = await under.engine.liveRuns();
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
      expect(performance.now() - begin).toBeLessThan(PROMPT_MS);
      expect(await under.engine.liveRuns()).toBe(before);
      expect((await under.prefill(client, 20)).rows).toBe(20);
    });

    it('answers promptly during a search', async () => {
      const client = await under.connect();
      const { runId } = await under.prefill(client, 3600);
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
      expect(performance.now() - begin).toBeLessThan(PROMPT_MS);
      await client.call('run.close', { runId });
    });

    it('reaches a request that waits for its turn', async () => {
      const client = await under.connect();
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
      expect(performance.now() - begin).toBeLessThan(PROMPT_MS);
      first.abort();
      await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });

  describe('the machine', () => {
    it('serves a map between the heads of a search', async () => {
      const client = await under.connect();
      const { runId } = await under.prefill(client, 2600);
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
      const client = await under.connect();
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
      const { transport, frames, answer, hello } = await rawConnection(under.engine, 0);
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
}
