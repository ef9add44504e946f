import { describe, expect, test } from 'vitest';
import { cellOf, codeAt, codeOctaves, tileFromFrame, tileFromOverview } from './tile.ts';

describe('tile', () => {
  test('cellOf inverts the engine division of a rectangle into cells', () => {
    for (const [length, cells] of [
      [256, 256],
      [476, 256],
      [7644, 256],
      [300, 7],
      [5, 5],
    ] as const) {
      for (let cell = 0; cell < cells; cell += 1) {
        const from = Math.floor((cell * length) / cells);
        const to = Math.floor(((cell + 1) * length) / cells);
        for (let token = from; token < to; token += 1) expect(cellOf(token, length, cells)).toBe(cell);
      }
    }
  });

  test('an overview becomes codes within half a step of its cells', () => {
    const side = 4;
    const planes = Float32Array.from({ length: 2 * side * side }, (_, at) => (at % 5 === 0 ? 0 : 0.9 * 2 ** -(at % 23)));
    const tile = tileFromOverview(planes, side, 100);
    for (const [plane, name] of [
      [0, 'max'],
      [1, 'sum'],
    ] as const) {
      const { low, high } = tile.scale[name];
      for (let cell = 0; cell < side * side; cell += 1) {
        const value = planes[plane * side * side + cell]!;
        const octaves = codeOctaves(tile.codes[2 * cell + plane]!, { low, high });
        if (value === 0) expect(octaves).toBe(-Infinity);
        else expect(Math.abs(octaves - Math.log2(value))).toBeLessThanOrEqual((high - low) / 254 / 2 + 1e-6);
      }
    }
  });

  test('codes stand for values within half a step', () => {
    const scale = { low: -24, high: 0 };
    expect(codeOctaves(0, scale)).toBe(-Infinity);
    expect(codeOctaves(1, scale)).toBe(-24);
    expect(codeOctaves(255, scale)).toBe(0);
  });

  test('a frame of two planes becomes side by side codes, others are refused', () => {
    const frame = {
      requestId: 1,
      key: 2,
      dtype: 'u8' as const,
      planes: 2,
      rows: 1,
      columns: 2,
      scale: [
        { low: -8, high: 0 },
        { low: -4, high: 2 },
      ],
      payload: Uint8Array.of(1, 2, 3, 4),
    };
    const tile = tileFromFrame(frame, [10, 11, 4, 6]);
    expect([...tile.codes]).toEqual([1, 3, 2, 4]);
    expect(codeAt(tile, 10, 5, 'sum')).toBe(4);
    expect(() => tileFromFrame({ ...frame, dtype: 'f32', scale: [] }, [10, 11, 4, 6])).toThrow(/two of u8/);
  });
});
