// The released search and the online estimator against numbers from executing MInference itself (README.md).
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import type { NativeLayer, NativeModel, NativeRun } from '../../engine/native/addon.ts';
import { loadAddon } from '../../engine/native/load.ts';
import { releasedCandidates } from '../../engine/search/candidates.ts';
import { searchReleased } from '../../engine/search/released.ts';
import { goldenFolder, readGolden } from './read_golden.ts';

const golden = readGolden('minference/golden.safetensors');
const { spec, files } = openCheckpoint(join(goldenFolder, '..', '..', 'assets', 'demo-model'));
const tokens = Int32Array.from(golden('tokens').data);
const n = tokens.length;
const CANDIDATES = 6;

let model: NativeModel;
let run: NativeRun;
const layers: NativeLayer[] = [];
beforeAll(async () => {
  model = loadAddon().openModel(spec, files);
  run = await model.prefill(
    { tokens, threads: 2, compat: false, keepLayerInputs: true, keepOverviews: false, keepLse: true, denseWherePays: false },
    () => {},
  ).promise;
  for (let layer = 0; layer < spec.layers; layer += 1) layers.push(await run.layer(layer, 2).promise);
});
afterAll(() => {
  for (const layer of layers) layer.close();
  run.close();
  model.close();
});

describe('the released search', () => {
  const list = releasedCandidates(n);

  it('has its six candidates at 4,096 tokens', () => {
    expect(list.candidates.map(({ scored }) => scored.kind)).toEqual([
      'a_shape',
      'vertical_slash',
      'vertical_slash',
      'vertical_slash',
      'vertical_slash',
      'block_sparse',
    ]);
    expect(list.scoredFrom).toBe(2500);
  });

  it.each(Array.from({ length: spec.layers }, (_, layer) => layer))(
    'scores layer %i within 1e-4 and picks the same winners',
    async (layer) => {
      for (let head = 0; head < spec.heads; head += 1) {
        const measure = (request: Parameters<NativeLayer['surface']>[0]) => layers[layer]!.surface(request, 2, () => {}).promise;
        const { candidates, winner } = await searchReleased(n, head, list, measure, false);
        const place = layer * spec.heads + head;
        const scores = golden('scores').data.subarray(place * CANDIDATES, (place + 1) * CANDIDATES);
        candidates.forEach(({ recall }, candidate) => {
          expect(Math.abs(recall - scores[candidate]!), `head ${head}, candidate ${candidate}`).toBeLessThanOrEqual(1e-4);
        });
        // Where their float32 sums cannot tell two candidates apart, either may win.
        const theirs = golden('winner').data[place]!;
        expect(scores[theirs]! - scores[winner]!, `head ${head}`).toBeLessThanOrEqual(1e-4);
      }
    },
  );
});

describe('the online estimator', () => {
  const cases = [
    [1, 0],
    [2, 3],
    [3, 4],
    [0, 6],
  ].flatMap(([layer, head]) =>
    [
      [100, 500],
      [500, 700],
    ].map(([verticals, slashes]) => ({ layer: layer!, head: head!, verticals: verticals!, slashes: slashes! })),
  );

  it.each(cases)(
    'keeps the columns and distances of layer $layer, head $head at $verticals / $slashes',
    async ({ layer, head, verticals, slashes }) => {
      const index = await layers[layer]!.index(
        head,
        { kind: 'vertical_slash', verticals, slashes, lastQueries: 64, forcedSinks: 30, forcedLocal: 100 },
        false,
        2,
      ).promise;
      for (const [name, found] of [
        ['columns', index.columns],
        ['distances', index.distances],
      ] as const) {
        const theirs = new Set<number>(golden(`${name}.${layer}.${head}.${verticals}.${slashes}`).data);
        expect(found).toHaveLength(theirs.size);
        const missing = Array.from(found!).filter((position) => !theirs.has(position));
        // Sums that agree to the last bits of float32 may fall on either side of the budget.
        expect(missing.length, missing.join()).toBeLessThanOrEqual(Math.ceil(theirs.size * 0.002));
      }
    },
  );
});
