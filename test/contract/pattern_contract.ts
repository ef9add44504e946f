// Masks, surfaces and the search: numbers that have to agree with one another.
import { describe, expect, it } from 'vitest';
import { frameFloats } from '../../engine/protocol/frame.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { type ContractContext, model, prompt } from './contract_context.ts';

export function describePatterns(under: ContractContext): void {
  describe('patterns', () => {
    it('cost and keep what index, mask, evaluation and surface agree on', async () => {
      const client = await under.connect();
      const { runId, rows } = await under.prefill(client, 700);
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
      const client = await under.connect();
      const { runId, rows, layers, heads } = await under.prefill(client, 900);
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
      // What the config says of a pattern is that pattern's own, as it is deployed.
      const chosen = config.heads[1][5];
      const own = await client.call('pattern.evaluate', { runId, layer: 1, head: 5, pattern: chosen.pattern });
      expect(chosen.recall).toBeCloseTo(own.recall.mean, 6);
      expect(chosen.density).toBeCloseTo(own.density.executed, 12);
      expect(own).toMatchObject({ repeats: 1 });
      const timed = await client.call('pattern.evaluate', { runId, layer: 1, head: 5, pattern: chosen.pattern, repeats: 3, threads: 1 });
      expect(timed).toMatchObject({ repeats: 3, threads: 1, density: own.density });
      expect(timed.elapsedMs).toBeGreaterThan(0);
      expect(config.heads[0][0].recall).toBeUndefined();
      expect(config.provenance.measured).toEqual({ prompt: config.provenance.prompts[0], rows: [0, rows] });
      const sparse = await client.call('run.prefill', { model, prompt: prompt(900), config: found.text });
      expect(sparse.timings.length).toBe(layers);
      await client.call('run.close', { runId: sparse.runId });
      await client.call('run.close', { runId });
    });

    it('are searched for the cheapest that reaches a recall, and evaluations agree', async () => {
      const client = await under.connect();
      const { runId, rows, heads } = await under.prefill(client, 900);
      const target = 0.9;
      const events: HeadScores[] = [];
      const request = { runId, procedure: 'target' as const, targetRecall: target, layers: [2] };
      const found = await client.call('search.run', request, { onEvent: (event) => events.push(event) });
      expect(found).toMatchObject({ heads, scoredFrom: 0, rows, skipped: [] });
      expect(events.map(({ layer, head }) => [layer, head])).toEqual(Array.from({ length: heads }, (_, head) => [2, head]));
      for (const { layer, head, candidates, winner, deployed, measured, targetRecall } of events) {
        expect(targetRecall).toBe(target);
        expect(candidates[winner]?.deployed).toEqual(deployed);
        expect(measured.executed).toBe(Math.min(...candidates.map(({ density }) => density)));
        const own = await client.call('pattern.evaluate', { runId, layer, head, pattern: deployed });
        expect(own.recall.mean).toBeGreaterThanOrEqual(target - 1e-5);
        expect(measured.recall).toBeCloseTo(own.recall.mean, 5);
        expect(measured.executed).toBeCloseTo(own.density.executed, 12);
        expect(measured.nominal).toBeCloseTo(own.density.nominal, 12);
        if (deployed.kind !== 'a_shape') continue;
        // Its neighbours on the surface that cost less miss the target.
        const surface = await client.call('pattern.surface', { runId, layer, head, kind: 'a_shape' });
        surface.executed.forEach((row, i) => {
          (Array.isArray(row) ? row : []).forEach((cost, j) => {
            const recall = surface.recall[i];
            if (cost < measured.executed) expect(Array.isArray(recall) ? recall[j] : 1).toBeLessThan(target);
          });
        });
      }
      const config = JSON.parse(found.text);
      expect(config.provenance.procedure).toContain('recall >= 0.9');
      expect(config.heads[2][0]).toMatchObject({ origin: 'target: recall >= 0.9', recall: events[0]?.measured.recall });
      const blocks: HeadScores[] = [];
      await client.call('search.run', { ...request, heads: [1], kinds: ['block_sparse'] }, { onEvent: (event) => blocks.push(event) });
      expect(blocks[0]?.candidates.map(({ pattern }) => pattern.kind)).toEqual(['block_sparse', 'dense']);
      for (const bad of [{ procedure: 'target' }, { targetRecall: 0.9 }, { procedure: 'target', targetRecall: 1.1 }] as const) {
        await expect(client.call('search.run', { runId, ...bad })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
      }
      await client.call('run.close', { runId });
    });
  });
}
