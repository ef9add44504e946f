import { expect, test } from 'vitest';
import { parsePosition } from './map_actions.ts';
import { axisTicks, mapLayout } from './map_layout.ts';

test('the picture is a square that fits, with a side column where there is room', () => {
  for (const [width, height] of [
    [872, 640],
    [692, 500],
    [500, 420],
    [1400, 700],
    [0, 0],
  ] as const) {
    const { x, y, side, column } = mapLayout(width, height);
    if (width > 0) {
      expect(x + side).toBeLessThanOrEqual(width);
      expect(y + side).toBeLessThanOrEqual(height);
    }
    expect(side).toBeGreaterThanOrEqual(64);
    if (column) expect(column.x + column.width).toBeLessThanOrEqual(width);
  }
  expect(mapLayout(872, 640).column).not.toBeNull();
  expect(mapLayout(600, 560).column).toBeNull();
  // 1024 x 700: the picture keeps its size.
  expect(mapLayout(692, 568)).toMatchObject({ column: null, side: 500 });
});

test('ticks are round and inside', () => {
  expect(axisTicks(0, 40_000, 5)).toEqual([0, 8192, 16_384, 24_576, 32_768]);
  expect(axisTicks(4388.5, 4412, 5)).toEqual([4390, 4395, 4400, 4405, 4410]);
  expect(axisTicks(5, 5, 5)).toEqual([]);
});

test('positions are read as people write them', () => {
  expect(parsePosition('21517, 8131', 40_000)).toEqual({ q: 21_517, k: 8131 });
  expect(parsePosition('21517 8131', 40_000)).toEqual({ q: 21_517, k: 8131 });
  expect(parsePosition('512', 40_000)).toEqual({ q: 512, k: 512 });
  for (const wrong of ['', 'x', '1,2,3', '-4', '99999', '5, 9']) expect(parsePosition(wrong, 40_000)).toHaveProperty('problem');
});
