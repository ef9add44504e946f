// Runs, their frames, and whose they are.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Frame, frameDoubles, frameFloats } from '../../engine/protocol/frame.ts';
import { type ContractContext, model, prompt, until } from './contract_context.ts';

export function describeRuns(under: ContractContext): void {
  describe('a run', () => {
    it('answers with frames that are exact: rows of probabilities that sum to 1', async () => {
      const client = await under.connect();
      const { runId, rows } = await under.prefill(client, 300);
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

    it('writes on greedily: each token is the largest logit of a prefill of everything before it', async () => {
      const client = await under.connect();
      const { ids } = prompt(150);
      const { runId } = await under.prefill(client, ids.length);
      const made = await client.call('run.generate', { runId, maxNew: 4, stopTokens: [] });
      expect(made.ids).toHaveLength(4);
      expect(made).toMatchObject({ stopped: false, text: expect.any(String) });
      for (const [place, id] of made.ids.entries()) {
        const again = await client.call('run.prefill', { model, prompt: { ids: [...ids, ...made.ids.slice(0, place)] } });
        let logits = new Float32Array();
        await client.call(
          'run.logits',
          { runId: again.runId, begin: again.rows - 1, end: again.rows },
          {
            onFrame: (frame) => {
              logits = Float32Array.from([...logits, ...frameFloats(frame)]);
            },
          },
        );
        expect(logits.indexOf(Math.max(...logits))).toBe(id);
        await client.call('run.close', { runId: again.runId });
      }
      const stopTokens = made.ids.slice(0, 1);
      expect(await client.call('run.generate', { runId, maxNew: 4, stopTokens })).toMatchObject({ ids: [], stopped: true });
      await client.call('run.close', { runId });
      await expect(client.call('run.generate', { runId, maxNew: 4 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    });

    it('answers a tile in codes of the scale it states', async () => {
      const client = await under.connect();
      const { runId, rows } = await under.prefill(client, 600);
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

    it('answers overviews as the aggregated map has them, of a dense and of a sparse run', async () => {
      const client = await under.connect();
      const dense = await under.prefill(client, 600);
      // Dense by its kinds, sparse by one head of the last layer: layer 0 sees the same input in both.
      const heads = (layer: number) =>
        Array.from({ length: dense.heads }, (_, head) => `"${head}": ["stream_llm", ${layer === 3 && head === 0 ? 9 : 700}, 700, 0.5]`);
      const config = `[${Array.from({ length: dense.layers }, (_, layer) => `{${heads(layer).join(', ')}}`).join(', ')}]`;
      const sparse = await client.call('run.prefill', { model, prompt: prompt(600), config, denseWherePays: false });
      const exact: Record<'max' | 'sum', Float32Array> = { max: new Float32Array(65536), sum: new Float32Array(65536) };
      for (const aggregate of ['max', 'sum'] as const) {
        await client.call(
          'map.aggregate',
          { runId: dense.runId, layer: 0, head: 3, rect: [0, 600, 0, 600], size: { width: 256, height: 256 }, aggregate },
          { onFrame: (frame) => exact[aggregate].set(frameFloats(frame)) },
        );
      }
      for (const { runId } of [dense, sparse]) {
        const frames: Frame[] = [];
        const onFrame = (frame: Frame) => {
          frames.push(frame);
        };
        await client.call('map.overview', { runId, layer: 0, heads: [1, 3] }, { onFrame });
        expect(frames.map(({ key, planes, rows, columns }) => [key, planes, rows, columns])).toEqual([
          [1, 2, 256, 256],
          [3, 2, 256, 256],
        ]);
        const cells = frames[1] ? frameFloats(frames[1]) : new Float32Array(0);
        let worst = 0;
        for (let cell = 0; cell < 65536; cell += 1) {
          worst = Math.max(
            worst,
            Math.abs((cells[cell] ?? 9) - (exact.max[cell] ?? 0)),
            Math.abs((cells[65536 + cell] ?? 9) - (exact.sum[cell] ?? 0)),
          );
        }
        expect(worst).toBeLessThan(1e-4);
        await client.call('run.close', { runId });
      }
    });

    it('answers its tokens and its logits, whole rows a frame', async () => {
      const client = await under.connect();
      const { runId, vocabSize } = await under.prefill(client, 200);
      expect((await client.call('run.tokens', { runId, begin: 7, end: 9 })).ids).toEqual(prompt(200).ids.slice(7, 9));
      const vocab = vocabSize ?? 0;
      const logits = new Float32Array(100 * vocab);
      let filled = 0;
      const call = client.call(
        'run.logits',
        { runId, begin: 100, end: 200 },
        {
          onFrame: (frame) => {
            expect(frame.columns).toBe(vocab);
            logits.set(frameFloats(frame), filled);
            filled += frame.rows * frame.columns;
          },
        },
      );
      expect(await call).toMatchObject({ rows: 100, columns: vocab });
      expect(filled).toBe(logits.length);
      let last: Float32Array | undefined;
      await client.call(
        'run.logits',
        { runId, begin: 199, end: 200 },
        {
          onFrame: (frame) => {
            last = frameFloats(frame);
          },
        },
      );
      expect(Math.max(...(last ?? [9]).map((logit, id) => Math.abs(logit - (logits[99 * vocab + id] ?? 0))))).toBeLessThan(1e-3);
      await client.call('run.close', { runId });
    });

    it('is saved, said what it takes, and deleted with its folder; open runs of it stay', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'headscope-contract-'));
      const path = join(folder, 'saved');
      const client = await under.connect();
      const made = await under.prefill(client, 70);
      const { bytes: written } = await client.call('run.save', { runId: made.runId, path });
      const opened = await client.call('run.open', { path });
      const said = await client.call('run.folder', { path });
      expect(said).toMatchObject({ path, rows: 70, model: made.model.name });
      const total = said.files.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(total).toBeGreaterThan(written);
      expect(await client.call('run.delete', { path })).toEqual({ path, bytes: total });
      expect(readdirSync(folder)).toEqual([]);
      await expect(client.call('run.folder', { path })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(client.call('run.delete', { path: folder })).rejects.toMatchObject({ code: 'RUN_INVALID' });
      await client.call('map.row', { runId: opened.runId, layer: 0, head: 0, row: 69 });
      for (const { runId } of [made, opened]) await client.call('run.close', { runId });
    });

    it('belongs to the client that made it, and goes with it', async () => {
      const [mine, other] = [await under.connect(), await under.connect()];
      const before = await under.engine.liveRuns();
      const { runId } = await under.prefill(mine, 80);
      expect(await under.engine.liveRuns()).toBe(before + 1);
      expect((await mine.call('run.list', {})).runs.map((run) => run.runId)).toEqual([runId]);
      expect((await other.call('run.list', {})).runs).toEqual([]);
      await expect(other.call('map.row', { runId, layer: 0, head: 0, row: 0 })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      await expect(other.call('run.close', { runId })).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
      mine.close();
      expect(await until(async () => (await under.engine.liveRuns()) === before)).toBe(true);
      expect((await under.prefill(other, 10)).rows).toBe(10);
    });
  });
}
