import { describe, expect, it } from 'vitest';
import { inkOf } from './run_thumbnail.ts';

describe('the picture of a run', () => {
  it('keeps the largest cell of every pixel on a log scale, and nothing above the diagonal', () => {
    const side = 8;
    const cells = new Float32Array(side * side);
    cells[5 * side + 1] = 1;
    cells[7 * side] = 2 ** -7;
    cells[2 * side + 2] = 2 ** -20;
    cells[1 * side + 6] = 1;
    const ink = inkOf(cells, side, 4);
    expect(ink[2 * 4 + 0]).toBe(255);
    // Seven of fourteen octaves below the largest: half of the ink.
    expect(ink[3 * 4 + 0]).toBe(128);
    expect(ink[1 * 4 + 1]).toBe(0);
    expect(ink[0 * 4 + 3]).toBe(0);
    expect([...ink].filter((value) => value > 0)).toHaveLength(2);
  });

  it('is blank of a head without attention', () => {
    expect([...inkOf(new Float32Array(64), 8, 4)].every((value) => value === 0)).toBe(true);
  });
});
