import { describe, expect, it } from 'vitest';
import { seededRandom } from '../checkpoint/tiny_checkpoint.ts';
import { floatToHalf, halfToFloat, narrowToHalves, widenBfloats, widenHalves } from './half.ts';

/** All finite halves, ascending, from the definition. */
const finite = Array.from({ length: 0x7c00 }, (_, half) => {
  const exponent = Math.floor(half / 1024);
  return exponent === 0 ? (half / 1024) * 2 ** -14 : (1 + (half % 1024) / 1024) * 2 ** (exponent - 15);
});

/** Nearest half by search, ties to the even one. */
function nearest(value: number): number {
  const size = Math.abs(value);
  let low = 0;
  let high = finite.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((finite[middle] ?? 0) <= size) low = middle;
    else high = middle;
  }
  const below = size - (finite[low] ?? 0);
  const above = (finite[high] ?? 0) - size;
  const half = above < below || (above === below && high % 2 === 0) ? high : low;
  return half | (value < 0 || Object.is(value, -0) ? 0x8000 : 0);
}

describe('half precision', () => {
  it('widens every half exactly and back', () => {
    const wrong: number[] = [];
    for (let half = 0; half < 0x7c00; half++) {
      const right = halfToFloat(half) === finite[half] && floatToHalf(halfToFloat(half)) === half;
      if (!right || floatToHalf(halfToFloat(half | 0x8000)) !== (half | 0x8000)) wrong.push(half);
    }
    expect(wrong).toEqual([]);
    expect([halfToFloat(0x7c00), halfToFloat(0xfc00), halfToFloat(0x7e01)]).toEqual([Infinity, -Infinity, NaN]);
  });

  it('rounds to nearest, ties to even, at every magnitude', () => {
    const random = seededRandom(5);
    const wrong: number[] = [];
    for (let round = 0; round < 50_000; round++) {
      const value = Math.fround((random() - 0.5) * 2 ** (Math.floor(random() * 46) - 28));
      if (Math.abs(value) < 65504 && floatToHalf(value) !== nearest(value)) wrong.push(value);
    }
    for (let half = 0; half < 0x7bff; half++) {
      const tie = ((finite[half] ?? 0) + (finite[half + 1] ?? 0)) / 2;
      if (floatToHalf(tie) !== (half % 2 === 0 ? half : half + 1)) wrong.push(tie);
    }
    expect(wrong).toEqual([]);
    expect([65519, 65520, 1e30, -1e30, Infinity].map(floatToHalf)).toEqual([0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00]);
    expect(halfToFloat(floatToHalf(Number.NaN))).toBeNaN();
  });

  it('converts arrays', () => {
    expect([...widenHalves(narrowToHalves(Float32Array.of(1, -2.5, 0.1)))]).toEqual([1, -2.5, 0.0999755859375]);
    expect([...widenBfloats(Uint16Array.of(0x3f80, 0xc020, 0x7f80))]).toEqual([1, -2.5, Infinity]);
  });
});
