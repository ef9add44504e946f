import { describe, expect, it } from 'vitest';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { cheapestReaching, reaching } from './reaching.ts';

const slash: SurfaceResult = {
  kind: 'vertical_slash',
  axes: [
    { name: 'verticals', edges: [1, 30, 100] },
    { name: 'slashes', edges: [10, 50] },
  ],
  // Below the floors of 30 and 50 no pattern runs, whatever the table says.
  recall: [
    [0.99, 0.99],
    [0.99, 0.8],
    [0.99, 0.95],
  ],
  nominal: [
    [0.1, 0.1],
    [0.1, 0.1],
    [0.1, 0.2],
  ],
  executed: [
    [0.01, 0.02],
    [0.03, 0.2],
    [0.05, 0.4],
  ],
  bands: [],
  estimator: { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 },
  elapsedMs: 1,
};
const blocks: SurfaceResult = {
  ...slash,
  kind: 'block_sparse',
  axes: [{ name: 'blocks', edges: [1, 2, 4] }],
  recall: [0.5, 0.9499998, 1],
  nominal: [0.1, 0.2, 1],
  executed: [0.1, 0.3, 1],
  estimator: { blockSize: 64 },
};

describe('what reaches a recall', () => {
  it('is the cell of least tiles among those a pattern can run', () => {
    expect(cheapestReaching(slash, 0.7)).toEqual({
      pattern: { kind: 'vertical_slash', verticals: 30, slashes: 50 },
      recall: 0.8,
      executed: 0.2,
    });
    expect(cheapestReaching(slash, 0.9)).toMatchObject({ pattern: { verticals: 100 }, executed: 0.4 });
    expect(cheapestReaching(slash, 0.96)).toBeNull();
  });

  it('is listed a kind, cheapest first, and dense alone where nothing saves a tile', () => {
    expect(reaching([slash, blocks], 0.95).map(({ pattern, executed }) => [pattern.kind, executed])).toEqual([
      ['block_sparse', 0.3],
      ['vertical_slash', 0.4],
    ]);
    expect(reaching([slash, blocks], 1)).toEqual([{ pattern: { kind: 'dense' }, recall: 1, executed: 1 }]);
  });
});
