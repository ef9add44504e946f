import { expect, it } from 'vitest';
import { neighbours, wishesAhead } from './neighbours.ts';

const at = (layer: number, head: number) => ({ runId: 'r', layer, head });

it('are the next and previous head and layer, round the ends', () => {
  const info = { heads: 4, layersPresent: [2, 5, 9] };
  expect(neighbours(info, at(2, 0))).toEqual([at(2, 1), at(2, 3), at(5, 0), at(9, 0)]);
  expect(neighbours(info, at(9, 3))).toEqual([at(9, 0), at(9, 2), at(2, 3), at(5, 3)]);
});

it('are few where there are few', () => {
  expect(neighbours({ heads: 1, layersPresent: [0] }, at(0, 0))).toEqual([]);
  expect(neighbours({ heads: 2, layersPresent: [0, 1] }, at(1, 1))).toEqual([at(1, 0), at(0, 1)]);
});

it('are fetched ahead only where an overview is cheap, and only their overviews', () => {
  const info = { heads: 4, layersPresent: [0] };
  expect(wishesAhead(info, at(0, 1), 8192, null)).toEqual([]);
  expect(wishesAhead(info, at(0, 1), 8192, 5000)).toEqual([]);
  const top = { level: 5, y: 0, x: 0 };
  expect(wishesAhead(info, at(0, 1), 8192, 12)).toEqual([
    { place: at(0, 2), tokens: 8192, tiles: [], later: [top] },
    { place: at(0, 0), tokens: 8192, tiles: [], later: [top] },
  ]);
});
