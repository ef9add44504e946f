import { expect, test } from 'vitest';
import { tileFromOverview } from '../tiles/tile.ts';
import { aboveRounding, limitsAt, octaveText, topLimits, WIDEST_MISSED } from './scale_limits.ts';

test('limits are whole octaves around the 1st and 99.9th percentile', () => {
  const side = 64;
  const cells = side * side;
  const planes = new Float32Array(2 * cells);
  // Log-uniform over 2^-12 .. 2^-2, one cell in ten empty.
  for (let at = 0; at < cells; at += 1) {
    const value = at % 10 === 0 ? 0 : 2 ** (-12 + (10 * at) / cells);
    planes[at] = value;
    planes[cells + at] = value;
  }
  expect(topLimits(tileFromOverview(planes, side, 4096), 'max')).toEqual({ low: -12, high: -2 });
  expect(topLimits(tileFromOverview(new Float32Array(2 * cells), side, 4096), 'max')).toEqual({ low: -1, high: 0 });
});

test('a ramp is never wider than it may be', () => {
  const planes = new Float32Array(2 * 4096);
  for (let at = 0; at < 4096; at += 1) planes[4096 + at] = 2 ** (-30 + (30 * at) / 4096);
  expect(topLimits(tileFromOverview(planes, 64, 4096), 'sum', WIDEST_MISSED)).toEqual({ low: -WIDEST_MISSED, high: 0 });
});

test('sums follow the footprint by an octave a level, largest values do not', () => {
  expect(limitsAt({ low: -10, high: 2 }, 'sum', 64, 16)).toEqual({ low: -12, high: 0 });
  expect(limitsAt({ low: -10, high: 0 }, 'max', 64, 16)).toEqual({ low: -10, high: 0 });
});
test('octaves are written as powers', () => {
  expect(octaveText(-18)).toBe('2⁻¹⁸');
  expect(octaveText(0)).toBe('2⁰');
});

test('the ramp of missed mass never begins below what float32 can tell from nothing, and leaves real loss alone', () => {
  expect(aboveRounding({ low: -60, high: -55 })).toEqual({ low: -24, high: -14 });
  expect(aboveRounding({ low: -14, high: -6 })).toEqual({ low: -14, high: -6 });
});
