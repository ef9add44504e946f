import { describe, expect, it } from 'vitest';
import { type HeadFeatures, headFeatures, tellingHeads } from './telling_heads.ts';

const ROWS = 600;
const place = { layer: 0, head: 0, missed: 0.1, density: 0.5 };

describe('the features of a head', () => {
  it('are shares of its whole mass', () => {
    const columns = new Float64Array(ROWS);
    const distances = new Float64Array(ROWS);
    // Half of all mass on key 0, a quarter on key 100; three quarters at distance 1, a quarter at distance 300.
    columns[0] = ROWS / 2;
    columns[100] = ROWS / 4;
    distances[1] = (3 * ROWS) / 4;
    distances[300] = ROWS / 4;
    const features = headFeatures(place, new Array(ROWS).fill(7), columns, distances, new Float32Array(ROWS));
    expect(features.sink).toBeCloseTo(0.5, 12);
    expect(features.local).toBeCloseTo(0.75, 12);
    expect(features.columns).toEqual({ share: 0.25, heaviest: 100 });
    expect(features.slashes).toEqual({ share: 0.25, heaviest: 300 });
  });

  it('look up only far keys that repeat a token of the question', () => {
    const tokens = Array.from({ length: ROWS }, (_, at) => at);
    tokens[50] = tokens[ROWS - 3]!;
    tokens[2] = tokens[ROWS - 3]!;
    const lastRow = new Float32Array(ROWS);
    lastRow[2] = 0.9; // a sink
    lastRow[60] = 0.8; // no word of the question
    lastRow[50] = 0.3;
    lastRow[ROWS - 3] = 0.5; // the question itself
    const zeros = new Float64Array(ROWS);
    expect(headFeatures(place, tokens, zeros, zeros, lastRow).lookup).toEqual({ share: lastRow[50], position: 50 });
  });

  it('hold for a prompt of one token', () => {
    const one = Float64Array.of(1);
    const features = headFeatures(place, [3], one, one, Float32Array.of(1));
    expect(features.lookup.share).toBe(0);
    expect(features.slashes.share).toBe(0);
  });
});

describe('the choice', () => {
  const head = (index: number, changes: Partial<HeadFeatures>): HeadFeatures => ({
    ...place,
    head: index,
    rows: ROWS,
    missed: 0,
    sink: 0,
    local: 0,
    columns: { share: 0, heaviest: 9 },
    slashes: { share: 0, heaviest: 70 },
    lookup: { share: 0, position: 0 },
    ...changes,
  });

  it('takes the strongest of each kind, and no head twice', () => {
    const heads = [
      head(0, { lookup: { share: 0.2, position: 40 }, missed: 0.9 }),
      head(1, { missed: 0.4, sink: 0.9 }),
      head(2, { sink: 0.1, local: 0.3 }),
      head(3, { local: 0.2 }),
    ];
    const chosen = tellingHeads(heads);
    expect(chosen.map(({ features, title }) => [features.head, title])).toEqual([
      [0, 'Finds what is asked'],
      [1, 'Loses most'],
      [2, 'Attention sink'],
      [3, 'Local'],
    ]);
    expect(chosen[0]!.position).toBe(40);
    expect(chosen[0]!.sentence).toContain('20.0 %');
    expect(chosen[0]!.sentence).toContain('559 tokens back');
    expect(chosen[1]!.sentence).toContain('40.0 %');
  });

  it('is empty for a model without measured heads', () => {
    expect(tellingHeads([])).toEqual([]);
  });
});
