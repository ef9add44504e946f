import { expect, it } from 'vitest';
import { frameOf } from './minimap.ts';

it('the frame covers what is on screen', () => {
  expect(frameOf(200, 1000, { q0: 500, q1: 750, k0: 100, k1: 350 })).toEqual({ x: 20, y: 100, width: 50, height: 50 });
  expect(frameOf(200, 1000, { q0: 0, q1: 1000, k0: 0, k1: 1000 })).toEqual({ x: 0, y: 0, width: 200, height: 200 });
});

it('a frame too small to be seen is drawn larger, around its middle and inside the picture', () => {
  const view = (at: number) => ({ q0: at, q1: at + 8, k0: at, k1: at + 8 });
  const { x, width } = frameOf(200, 131_072, view(65_536));
  expect(width).toBe(5);
  expect(x + width / 2).toBeCloseTo((65_540 / 131_072) * 200);
  expect(frameOf(200, 131_072, view(0)).x).toBe(0);
  expect(frameOf(200, 131_072, view(131_064)).x).toBe(195);
});
