// What a pattern loses: its tiles, its strongest pairs and its rows, against float64 sums over the exact probabilities and the index.
import { describe, expect, it } from 'vitest';
import { type Frame, frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Rect } from '../../engine/protocol/records.ts';
import type { ContractContext } from './contract_context.ts';

const PATTERNS: readonly Pattern[] = [
  { kind: 'vertical_slash', verticals: 60, slashes: 140 },
  { kind: 'a_shape', sink: 20, window: 90 },
  { kind: 'block_sparse', blocks: 3, blockSize: 64 },
];

/** Octaves that a code stands for may lie half a step of 24 octaves in 254 off. */
const CODE_OCTAVES = 0.06;

export function describeMissed(under: ContractContext): void {
  describe('what a pattern misses', () => {
    it('is in its tiles, rows and strongest pairs, to the element', async () => {
      const client = await under.connect();
      const { runId, rows } = await under.prefill(client, 600);
      const place = { runId, layer: 2, head: 3 };
      const p = new Float32Array(rows * rows);
      let filled = 0;
      await client.call(
        'map.exact',
        { ...place, rect: [0, rows, 0, rows] },
        {
          onFrame: (frame) => {
            p.set(frameFloats(frame), filled);
            filled += frame.rows * frame.columns;
          },
        },
      );
      for (const pattern of PATTERNS) {
        const index = await client.call('pattern.index', { ...place, pattern });
        const columns = new Set(index.columns);
        const distances = new Set(index.distances);
        const keeps = (q: number, k: number) =>
          index.rows ? index.rows[q >> 6]?.includes(k >> 6) === true : columns.has(k) || distances.has(q - k);
        const missed = (q: number, k: number) => (k > q || keeps(q, k) ? 0 : (p[q * rows + k] ?? 0));

        for (const rect of [
          [0, rows, 0, rows],
          [256, 512, 0, 256],
          [400, 600, 100, 590],
        ] as const satisfies readonly Rect[]) {
          let tile: Frame | undefined;
          const onFrame = (frame: Frame) => {
            tile = frame;
          };
          await client.call('map.missed', { ...place, rect: [...rect], pattern, key: 7 }, { onFrame });
          if (!tile) throw new Error('no tile came');
          const [q0, q1, k0, k1] = rect;
          const { rows: height, columns: width, payload, scale } = tile;
          let worst = 0;
          for (let y = 0; y < height; y += 1) {
            for (let x = 0; x < width; x += 1) {
              let max = 0;
              let sum = 0;
              for (let q = q0 + Math.floor((y * (q1 - q0)) / height); q < q0 + Math.floor(((y + 1) * (q1 - q0)) / height); q += 1) {
                for (let k = k0 + Math.floor((x * (k1 - k0)) / width); k < k0 + Math.floor(((x + 1) * (k1 - k0)) / width); k += 1) {
                  max = Math.max(max, missed(q, k));
                  sum += missed(q, k);
                }
              }
              for (const [plane, value] of [max, sum].entries()) {
                const code = payload[plane * width * height + y * width + x] ?? 0;
                const { low, high } = scale[plane] ?? { low: 0, high: 0 };
                if (value === 0) worst = Math.max(worst, code);
                else if (Math.log2(value) > low)
                  worst = Math.max(worst, Math.abs(low + ((code - 1) / 254) * (high - low) - Math.log2(value)));
              }
            }
          }
          expect(worst).toBeLessThan(CODE_OCTAVES);
        }

        const recall: number[] = [];
        await client.call('pattern.rows', { ...place, pattern }, { onFrame: (frame) => void recall.push(...frameFloats(frame)) });
        expect(recall.length).toBe(rows);
        const apart = recall.map((kept, q) => {
          let lost = 0;
          for (let k = 0; k <= q; k += 1) lost += missed(q, k);
          return Math.abs(1 - kept - lost);
        });
        expect(Math.max(...apart)).toBeLessThan(1e-5);

        const lostBy: number[] = [];
        await client.call('pattern.columns', { ...place, pattern }, { onFrame: (frame) => void lostBy.push(...frameFloats(frame)) });
        expect(lostBy.length).toBe(rows);
        const off = lostBy.map((lost, k) => {
          let sum = 0;
          for (let q = k; q < rows; q += 1) sum += missed(q, k);
          return Math.abs(lost - sum) / Math.max(1, sum);
        });
        expect(Math.max(...off)).toBeLessThan(1e-5);

        const rect: Rect = [300, 600, 50, 450];
        for (const missedBy of [pattern, undefined]) {
          const { pairs } = await client.call('map.strongest', { ...place, rect, count: 30, ...(missedBy ? { missedBy } : {}) });
          const all: number[] = [];
          for (let q = 300; q < 600; q += 1) for (let k = 50; k < 450; k += 1) all.push(missedBy ? missed(q, k) : (p[q * rows + k] ?? 0));
          all.sort((a, b) => b - a);
          expect(pairs.length).toBe(30);
          pairs.forEach(({ q, k, value }, at) => {
            expect(value).toBe(p[q * rows + k]);
            expect(value).toBe(all[at]);
            if (missedBy) expect(keeps(q, k)).toBe(false);
          });
        }
      }
      const dense = await client.call('map.strongest', { ...place, rect: [0, rows, 0, rows], count: 5, missedBy: { kind: 'dense' } });
      expect(dense.pairs).toEqual([]);
      await expect(client.call('map.strongest', { ...place, rect: [0, rows + 1, 0, rows], count: 5 })).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
      });
      await client.call('run.close', { runId });
    });
  });
}
