// What two backends of one engine have to agree on, through the protocol: logits, maps, profiles, recall, surfaces, and who wins a search.
//
// A device rounds q, k and v to bfloat16 where the processor does not: scores of the bundled model move by up to a quarter (docs/decisions/cuda-maps.md),
// its probabilities by up to 0.04, its logits by 3 % of the largest. What that moves has twice the room; what it does not move is equal.
import { expect, it } from 'vitest';
import type { Client } from '../../engine/protocol/client.ts';
import { type Frame, frameDoubles, frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { model, prompt } from './contract_context.ts';

const ROWS = 240;
const PROBABILITY = 8e-2;
const RECALL = 5e-3;
const LOGITS = 6e-2; // of the largest

/** One backend's run, and what is asked of it. */
interface Side {
  client: Client;
  runId: string;
  vocabSize: number;
}

async function floatsOf(ask: (onFrame: (frame: Frame) => void) => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  await ask((frame) => {
    for (const value of frameFloats(frame)) values.push(value);
  });
  return values;
}

function apart(a: readonly number[], b: readonly number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, place) => Math.max(most, Math.abs(value - (b[place] ?? Number.NaN))), 0);
}

/** `first` and `second` are clients of one engine whose prefills run on two backends. */
export function describeAgreement(first: () => Promise<Client>, second: () => Promise<Client>): void {
  const start = async (client: Client): Promise<Side> => {
    const { runId, vocabSize } = await client.call('run.prefill', { model, prompt: prompt(ROWS) });
    return { client, runId, vocabSize: vocabSize ?? 0 };
  };
  const both = async (): Promise<[Side, Side]> => [await start(await first()), await start(await second())];
  const close = async (sides: Side[]) => {
    for (const { client, runId } of sides) await client.call('run.close', { runId });
  };
  const each = async <T>([a, b]: [Side, Side], ask: (side: Side) => Promise<T>): Promise<[T, T]> => [await ask(a), await ask(b)];

  it('on the logits of a prefill', async () => {
    const sides = await both();
    const logits = ({ client, runId }: Side) =>
      floatsOf((onFrame) => client.call('run.logits', { runId, begin: ROWS - 20, end: ROWS }, { onFrame }));
    const [a, b] = await each(sides, logits);
    const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(apart(a, b)).toBeLessThan(LOGITS * largest);
    const vocab = sides[0].vocabSize;
    const best = (values: number[]) => {
      const last = values.slice(-vocab);
      return last.indexOf(Math.max(...last));
    };
    expect(best(a)).toBe(best(b));
    await close(sides);
  });

  it('on exact maps, overviews and profiles, whose rows sum to 1 on either', async () => {
    const sides = await both();
    for (const [layer, head] of [
      [0, 2],
      [3, 5],
    ] as const) {
      const rect: [number, number, number, number] = [0, ROWS, 0, ROWS];
      const [a, b] = await each(sides, ({ client, runId }) =>
        floatsOf((onFrame) => client.call('map.exact', { runId, layer, head, rect }, { onFrame })),
      );
      expect(apart(a, b)).toBeLessThan(PROBABILITY);
      for (const cells of [a, b]) {
        for (let row = 0; row < ROWS; row += 1) {
          const sum = cells.slice(row * ROWS, (row + 1) * ROWS).reduce((total, cell) => total + cell, 0);
          expect(Math.abs(sum - 1)).toBeLessThan(1e-4);
        }
      }
      const [overview, same] = await each(sides, ({ client, runId }) =>
        floatsOf((onFrame) => client.call('map.overview', { runId, layer, heads: [head] }, { onFrame })),
      );
      expect(apart(overview, same)).toBeLessThan(PROBABILITY);
      const masses = await each(sides, async ({ client, runId }) => {
        const all: number[][] = [];
        await client.call(
          'map.profiles',
          { runId, layer, head },
          {
            onFrame: (frame) => {
              all.push([...frameDoubles(frame)]);
            },
          },
        );
        return all;
      });
      for (const side of masses) {
        for (const mass of side) expect(mass.reduce((sum, value) => sum + value, 0)).toBeCloseTo(ROWS, 2);
      }
    }
    await close(sides);
  });

  it('on recall, density and surfaces', async () => {
    const sides = await both();
    const patterns: Pattern[] = [
      { kind: 'a_shape', sink: 8, window: 60 },
      { kind: 'block_sparse', blocks: 2, blockSize: 64 },
      { kind: 'vertical_slash', verticals: 40, slashes: 60 },
    ];
    for (const pattern of patterns) {
      const [a, b] = await each(sides, ({ client, runId }) => client.call('pattern.evaluate', { runId, layer: 2, head: 3, pattern }));
      expect(Math.abs(a.recall.mean - b.recall.mean)).toBeLessThan(RECALL);
      if (pattern.kind === 'a_shape') expect(a.density).toEqual(b.density);
    }
    const [a, b] = await each(sides, ({ client, runId }) => client.call('pattern.surface', { runId, layer: 2, head: 3, kind: 'a_shape' }));
    expect(apart(a.recall.flat(), b.recall.flat())).toBeLessThan(RECALL);
    expect(a.executed).toEqual(b.executed);
    expect(a.nominal).toEqual(b.nominal);
    await close(sides);
  });

  it('on the winners of a search, where one is clearly better', async () => {
    const sides = await both();
    const [a, b] = await each(sides, async ({ client, runId }) => {
      const events: HeadScores[] = [];
      await client.call('search.run', { runId, layers: [1], heads: [0, 3, 6] }, { onEvent: (event) => events.push(event) });
      return events;
    });
    expect(a.length).toBe(b.length);
    for (const [place, scores] of a.entries()) {
      const other = b[place];
      const recalls = (of: HeadScores | undefined) => of?.candidates.map(({ recall }) => recall) ?? [];
      expect(apart(recalls(scores), recalls(other))).toBeLessThan(2 * RECALL);
      const own = recalls(other)[scores.winner] ?? Number.NaN;
      expect(own).toBeGreaterThan(Math.max(...recalls(other)) - 2 * RECALL);
    }
    await close(sides);
  });
}
