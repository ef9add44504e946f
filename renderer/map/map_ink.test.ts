import { expect, it } from 'vitest';
import { blended } from './map_ink.ts';

/** As an ImageData holds it: red lowest. */
const pixel = (r: number, g: number, b: number, a = 255) => ((a << 24) | (b << 16) | (g << 8) | r) >>> 0;

it('lays a colour over an opaque one by its own opacity and the one asked for', () => {
  const ground = pixel(255, 100, 0);
  expect(blended(ground, pixel(10, 20, 30))).toBe(pixel(10, 20, 30));
  expect(blended(ground, pixel(10, 20, 30), 0)).toBe(ground);
  expect(blended(ground, pixel(55, 200, 100), 0.5)).toBe(pixel(155, 150, 50));
  expect(blended(ground, pixel(0, 0, 0, 51))).toBe(pixel(204, 80, 0));
});
