// The library, configs as tables, budget orders, and the questions about every head at once.
import { describe, expect, it } from 'vitest';
import { type Frame, frameIntegers } from '../../engine/protocol/frame.ts';
import { NO_RANK, type Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadMeasurement } from '../../engine/protocol/whole_model.ts';
import { type ContractContext, model, prompt } from './contract_context.ts';

/** Ranks by frame key, whatever the frames are cut into. */
function gathered(frames: readonly Frame[], key: number): number[] {
  return frames.filter((frame) => frame.key === key).flatMap((frame) => [...frameIntegers(frame)]);
}

export function describeWholeModel(under: ContractContext): void {
  describe('the library', () => {
    it('names the bundled model and prompts, by ids that stand for paths', async () => {
      const client = await under.connect();
      const { models, prompts } = await client.call('library.list', {});
      const bundled = models.find((entry) => entry.bundled);
      expect(bundled).toMatchObject({ name: 'demo-model' });
      expect(prompts.map(({ name }) => name)).toContain('kv');
      const text = prompts.find(({ name }) => name === 'kv')?.text ?? '';
      expect(text.length).toBeGreaterThan(1000);
      const byId = await client.call('checkpoint.inspect', { model: bundled?.id ?? '' });
      const byPath = await client.call('checkpoint.inspect', { model });
      expect({ ...byId, path: '' }).toEqual({ ...byPath, path: '' });
      const run = await client.call('run.prefill', { model: bundled?.id ?? '', prompt: { text } });
      expect(run.rows).toBeGreaterThan(300);
      await client.call('run.close', { runId: run.runId });
      await expect(client.call('checkpoint.inspect', { model: 'bundled:../../etc' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
      await expect(client.call('checkpoint.inspect', { model: 'bundled:no-such' })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    });
  });

  describe('budget orders', () => {
    it('decide every cell as the index of any budget does', async () => {
      const client = await under.connect();
      const { runId, rows } = await under.prefill(client, 500);
      const place = { runId, layer: 2, head: 3 };
      const frames: Frame[] = [];
      const onFrame = (frame: Frame) => {
        frames.push(frame);
      };
      expect(await client.call('pattern.ranks', { ...place, kind: 'vertical_slash' }, { onFrame })).toEqual({
        frames: 2,
        rows: 2,
        columns: rows,
      });
      const [columns, distances] = [gathered(frames, 0), gathered(frames, 1)];
      expect([...columns].sort((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, rank) => rank));
      for (const [verticals, slashes] of [
        [30, 50],
        [77, 120],
        [500, 500],
      ] as const) {
        const index = await client.call('pattern.index', { ...place, pattern: { kind: 'vertical_slash', verticals, slashes } });
        const below = (ranks: number[], budget: number) => ranks.flatMap((rank, at) => (rank < budget ? [at] : []));
        expect(below(columns, verticals)).toEqual(index.columns);
        expect(below(distances, slashes)).toEqual(index.distances);
      }

      frames.length = 0;
      const blocks = Math.ceil(rows / 32);
      const found = await client.call('pattern.ranks', { ...place, kind: 'block_sparse', blockSize: 32 }, { onFrame });
      expect(found).toMatchObject({ rows: blocks, columns: blocks });
      const ranks = gathered(frames, 0);
      const index = await client.call('pattern.index', { ...place, pattern: { kind: 'block_sparse', blocks: 4, blockSize: 32 } });
      for (let row = 0; row < blocks; row += 1) {
        const kept = ranks.slice(row * blocks, (row + 1) * blocks).flatMap((rank, block) => (rank < 4 ? [block] : []));
        expect(kept).toEqual(index.rows?.[row]);
        expect(ranks.slice(row * blocks + row + 1, (row + 1) * blocks).every((rank) => rank === NO_RANK)).toBe(true);
      }
      await expect(client.call('pattern.ranks', { ...place, kind: 'block_sparse', blockSize: 48 })).rejects.toMatchObject({
        code: 'PATTERN_INVALID',
      });
      await client.call('run.close', { runId });
    });
  });

  describe('a config', () => {
    it('is read as a table and written as the same document again', async () => {
      const client = await under.connect();
      const run = await under.prefill(client, 300);
      const patterns: Pattern[][] = Array.from({ length: run.layers }, (_, layer) =>
        Array.from({ length: run.heads }, (__, head) =>
          head === 1 ? { kind: 'dense' } : { kind: 'vertical_slash', verticals: 30 + layer, slashes: 60 + head },
        ),
      );
      const origins = patterns.map((layer) => layer.map((_, head) => (head === 0 ? 'hand' : null)));
      const scores = patterns.map((layer) => layer.map((_, head) => (head === 2 ? 0.5 : null)));
      const table = { patterns, origins, scores, runId: run.runId };
      const { text } = await client.call('config.write', { ...table, to: 'headscope' });
      const back = await client.call('config.read', { document: text, model });
      expect(back).toEqual({ format: 'headscope', layers: run.layers, heads: run.heads, patterns, scores, origins, notes: [] });
      const heads = patterns.map((layer) => layer.map((_, head) => (head === 2 ? { recall: 0.75, density: 0.5 } : null)));
      const measured = { rows: [0, run.rows] as [number, number], heads };
      const numbers = JSON.parse((await client.call('config.write', { ...table, measured, to: 'headscope' })).text);
      expect(numbers.provenance.measured).toEqual({ prompt: { sha256: run.promptHash, tokens: run.rows }, rows: [0, run.rows] });
      expect(numbers.heads[1][2]).toMatchObject({ recall: 0.75, density: 0.5 });
      expect(numbers.heads[1][1]).toEqual({ pattern: { kind: 'dense' } });
      const beyond = { ...table, measured: { rows: [0, run.rows + 1] as [number, number], heads }, to: 'headscope' } as const;
      await expect(client.call('config.write', beyond)).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(client.call('config.write', { ...table, to: 'minference' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      const minference = await client.call('config.write', { ...table, to: 'minference', denseAs: { verticals: 100, slashes: 200 } });
      const read = await client.call('config.read', { document: minference.text });
      expect(read.format).toBe('minference');
      expect(read.patterns[0]?.[1]).toEqual({ kind: 'vertical_slash', verticals: 100, slashes: 200 });
      const short = { ...table, patterns: patterns.slice(1), to: 'headscope' } as const;
      await expect(client.call('config.write', short)).rejects.toMatchObject({ code: 'CONFIG_MISMATCH' });
      await client.call('run.close', { runId: run.runId });
    });

    it('is measured head by head, as an evaluation of each would', async () => {
      const client = await under.connect();
      const run = await under.prefill(client, 400);
      const kinds: Pattern[] = [
        { kind: 'vertical_slash', verticals: 40, slashes: 80 },
        { kind: 'a_shape', sink: 4, window: 70 },
        { kind: 'block_sparse', blocks: 2, blockSize: 64 },
        { kind: 'dense' },
      ];
      const patterns = Array.from({ length: run.layers }, (_, layer) =>
        Array.from({ length: run.heads }, (__, head) => kinds[(layer + head) % kinds.length] ?? ({ kind: 'dense' } as const)),
      );
      const heads = [0, 1, 2, 3].map((head) => ({ layer: 1, head }));
      const found: HeadMeasurement[] = [];
      const onEvent = (event: HeadMeasurement) => found.push(event);
      const { runId } = run;
      expect(await client.call('run.measure', { runId, patterns, heads, fromRow: 100 }, { onEvent })).toMatchObject({ heads: 4 });
      expect(found.map(({ layer, head }) => ({ layer, head }))).toEqual(heads);
      for (const { layer, head, pattern, recall, minRecall, nominal, executed } of found) {
        expect(pattern).toEqual(patterns[layer]?.[head]);
        const exact = await client.call('pattern.evaluate', { runId, layer, head, pattern, fromRow: 100 });
        expect(recall).toBeCloseTo(exact.recall.fromRow?.mean ?? Number.NaN, 6);
        expect(minRecall).toBeGreaterThanOrEqual(exact.recall.min - 1e-6);
        expect(minRecall).toBeLessThanOrEqual(recall);
        expect([nominal, executed]).toEqual([exact.density.nominal, exact.density.executed]);
      }
      const all: HeadMeasurement[] = [];
      const { text } = await client.call('config.write', {
        patterns,
        origins: patterns.map((layer) => layer.map(() => null)),
        runId,
        to: 'headscope',
      });
      const whole = await client.call('run.measure', { runId, config: text }, { onEvent: (event) => all.push(event) });
      expect(whole.heads).toBe(run.layers * run.heads);
      expect(all.length).toBe(whole.heads);
      await expect(client.call('run.measure', { runId, patterns: [[{ kind: 'dense' }]] })).rejects.toMatchObject({
        code: 'CONFIG_MISMATCH',
      });
      await expect(client.call('run.measure', { runId, patterns, fromRow: 400 })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await expect(client.call('run.measure', { runId })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      await client.call('run.close', { runId });
    });

    it('can be stopped while it is measured', async () => {
      const client = await under.connect();
      const run = await under.prefill(client, 2000);
      const patterns = Array.from({ length: run.layers }, () =>
        Array.from({ length: run.heads }, (): Pattern => ({ kind: 'a_shape', sink: 64, window: 1500 })),
      );
      const stop = new AbortController();
      let measured = 0;
      const call = client.call(
        'run.measure',
        { runId: run.runId, patterns },
        {
          signal: stop.signal,
          onEvent: () => {
            measured += 1;
            stop.abort();
          },
        },
      );
      await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(measured).toBeLessThan(run.layers * run.heads);
      await client.call('run.close', { runId: run.runId });
    });

    it('is compared with a dense prefill of the same prompt', async () => {
      const client = await under.connect();
      const before = await under.engine.liveRuns();
      const run = await under.prefill(client, 900);
      const { runId } = run;
      const origins = Array.from({ length: run.layers }, () => Array.from({ length: run.heads }, () => null));
      const config = async (pattern: Pattern) => {
        const patterns = origins.map((layer) => layer.map(() => pattern));
        return (await client.call('config.write', { patterns, origins, runId, to: 'headscope' })).text;
      };
      const same = await client.call('run.compare', { runId, config: await config({ kind: 'dense' }) });
      expect(same.logits).toMatchObject({ maxAbs: 0, top1Same: true });
      expect(Math.abs(same.logits.kl)).toBeLessThan(1e-12);
      expect(same.layers.every(({ tiles, causal }) => tiles === causal)).toBe(true);

      const steps: number[] = [];
      const sparse = await client.call(
        'run.compare',
        { runId, config: await config({ kind: 'a_shape', sink: 4, window: 64 }), denseWherePays: false },
        { onProgress: ({ done, total }) => steps.push(done / total) },
      );
      expect(sparse.layers.length).toBe(run.layers);
      const tiles = (900 / 64) | 0;
      for (const layer of sparse.layers) {
        expect(layer.causal).toBe((((tiles + 1) * (tiles + 2)) / 2) * run.heads);
        expect(layer.tiles).toBeLessThan(layer.causal / 2);
        expect(layer.ranDense).toEqual([]);
      }
      expect(sparse.logits.maxAbs).toBeGreaterThan(0.01);
      expect(sparse.logits.kl).toBeGreaterThan(0);
      expect(same.tail).toMatchObject({ rows: 64, top1Same: 64, meanKl: 0 });
      expect(same.layers.every(({ hidden }) => hidden?.relL2 === 0 && hidden.lastRelL2 === 0)).toBe(true);
      expect(sparse.tail.maxKl).toBeGreaterThanOrEqual(sparse.tail.meanKl);
      expect(sparse.tail.maxKlRow).toBeGreaterThanOrEqual(900 - 64);
      expect(sparse.logits.dense).toHaveLength(5);
      const drift = sparse.layers.map(({ hidden }) => hidden?.relL2 ?? Number.NaN);
      expect(Math.min(...drift)).toBeGreaterThan(1e-4);
      // A config against itself, in turns.
      const own = await config({ kind: 'a_shape', sink: 4, window: 64 });
      const twice = await client.call('run.compare', { runId, config: own, baseline: own, repeats: 2, denseWherePays: false });
      expect(twice).toMatchObject({ repeats: 2, logits: { maxAbs: 0 }, tail: { top1Same: 64 } });
      expect(twice.layers.map(({ tiles }) => tiles)).toEqual(sparse.layers.map((layer) => layer.tiles));
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
      expect(sparse.denseMs).toBeGreaterThan(0);
      expect((await client.call('run.list', {})).runs.map((entry) => entry.runId)).toEqual([runId]);
      await expect(client.call('run.compare', { runId, config: '{}' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      await client.call('run.close', { runId });
      expect(await under.engine.liveRuns()).toBe(before);
      expect((await client.call('run.prefill', { model, prompt: prompt(10) })).rows).toBe(10);
    });
  });
}
