import { describe, expect, it } from 'vitest';
import type { SurfaceResult } from '../protocol/records.ts';
import { cheapestReaching, searchTarget } from './target.ts';

const ROWS = 256;

/** An A-shape surface of made-up numbers: recall and executed by [sink][window]. */
function aShape(recall: number[][], executed: number[][]): SurfaceResult {
  const axes = [
    { name: 'sink', edges: [1, 16, 64] },
    { name: 'window', edges: [8, 64] },
  ];
  return { kind: 'a_shape', axes, recall, executed, nominal: executed, bands: [], estimator: {}, elapsedMs: 0 };
}

describe('the cheapest pattern that reaches a recall', () => {
  const surface = aShape(
    [
      [0.5, 0.8],
      [0.7, 0.9],
      [0.95, 0.99],
    ],
    [
      [0.1, 0.2],
      [0.15, 0.3],
      [0.3, 0.5],
    ],
  );

  it('is the cell of least tiles, of equals the one of more recall', () => {
    expect(cheapestReaching(surface, ROWS, 0.6)).toMatchObject({ pattern: { kind: 'a_shape', sink: 16, window: 8 }, recall: 0.7 });
    // (16, 64) and (64, 8) cost the same.
    expect(cheapestReaching(surface, ROWS, 0.85)).toMatchObject({ pattern: { sink: 64, window: 8 }, recall: 0.95, density: 0.3 });
    expect(cheapestReaching(surface, ROWS, 0.995)).toBeNull();
  });

  it('takes a recall within the resolution of the sums as reached', () => {
    expect(
      cheapestReaching(
        aShape(
          [
            [0.4, 0.8999997],
            [0.4, 0.4],
            [0.4, 0.4],
          ],
          surface.executed as number[][],
        ),
        ROWS,
        0.9,
      ),
    ).toMatchObject({
      pattern: { sink: 1, window: 64 },
    });
  });

  it('passes over budgets that the engine would raise', () => {
    const axes = [
      { name: 'verticals', edges: [10, 30] },
      { name: 'slashes', edges: [20, 50] },
    ];
    const flat = [
      [0.9, 0.9],
      [0.9, 0.9],
    ];
    const cost = [
      [0.1, 0.2],
      [0.3, 0.4],
    ];
    const estimator = { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 };
    const floors: SurfaceResult = { ...surface, kind: 'vertical_slash', axes, recall: flat, executed: cost, nominal: cost, estimator };
    expect(cheapestReaching(floors, ROWS, 0.5)).toMatchObject({ pattern: { verticals: 30, slashes: 50 }, density: 0.4 });
  });

  it('is chosen over all kinds, and dense where nothing sparse reaches it or saves a tile', () => {
    const blocks: SurfaceResult = {
      kind: 'block_sparse',
      axes: [{ name: 'blocks', edges: [1, 2, 4] }],
      recall: [0.6, 0.97, 1],
      executed: [0.2, 0.25, 1],
      nominal: [0.2, 0.25, 1],
      bands: [],
      estimator: { blockSize: 64 },
      elapsedMs: 0,
    };
    expect(searchTarget([surface, blocks], ROWS, 0.9)).toMatchObject({
      winner: 1,
      deployed: { kind: 'block_sparse', blocks: 2, blockSize: 64 },
      measured: { recall: 0.97, executed: 0.25, minRecall: null },
    });
    const all = searchTarget([surface, blocks], ROWS, 1);
    expect(all.deployed).toEqual({ kind: 'dense' });
    expect(all.candidates.map(({ pattern }) => pattern.kind)).toEqual(['block_sparse', 'dense']);
  });
});
