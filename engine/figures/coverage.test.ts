import { describe, expect, it } from 'vitest';
import { type Contour, type Coverage, coverage } from './coverage.ts';

const circle = (cx: number, cy: number, radius: number, turn: 1 | -1 = 1): Contour =>
  Array.from({ length: 720 }, (_, at) => {
    const angle = (turn * at * Math.PI) / 360;
    return [cx + radius * Math.cos(angle), cy + radius * Math.sin(angle)] as const;
  });
const area = ({ values }: Coverage) => values.reduce((sum, value) => sum + value, 0);
const at = (drawn: Coverage, x: number, y: number) => drawn.values[(y - drawn.top) * drawn.width + x - drawn.left];

/** Share of a pixel inside the polygon, by the even-odd rule at 64 x 64 points. */
function sampled(contour: Contour, x: number, y: number): number {
  let hits = 0;
  for (let sample = 0; sample < 4096; sample += 1) {
    const [px, py] = [x + ((sample % 64) + 0.5) / 64, y + (Math.floor(sample / 64) + 0.5) / 64];
    let odd = false;
    contour.forEach(([ax, ay], index) => {
      const [bx, by] = contour[(index + 1) % contour.length]!;
      if (ay > py !== by > py && px < ax + ((py - ay) / (by - ay)) * (bx - ax)) odd = !odd;
    });
    if (odd) hits += 1;
  }
  return hits / 4096;
}

describe('coverage', () => {
  it('is the area of each pixel that a rectangle covers', () => {
    const drawn = coverage([
      [
        [-1.25, 2.5],
        [1.5, 2.5],
        [1.5, 4],
        [-1.25, 4],
      ],
    ]);
    expect({ ...drawn, values: [...drawn.values] }).toEqual({
      left: -2,
      top: 2,
      width: 4,
      height: 2,
      values: [0.125, 0.5, 0.5, 0.25, 0.25, 1, 1, 0.5],
    });
  });

  it('agrees with sampling on a slanted star, whichever way it turns', () => {
    const star: Contour = Array.from({ length: 14 }, (_, point) => {
      const radius = point % 2 ? 3.1 : 8.7;
      return [9.3 + radius * Math.cos(point * 0.4488 + 0.2), 10.1 + radius * Math.sin(point * 0.4488 + 0.2)] as const;
    });
    for (const contour of [star, [...star].reverse()]) {
      const drawn = coverage([contour]);
      for (let y = drawn.top; y < drawn.top + drawn.height; y += 1) {
        for (let x = drawn.left; x < drawn.left + drawn.width; x += 1)
          expect(Math.abs(at(drawn, x, y)! - sampled(star, x, y))).toBeLessThan(0.02);
      }
    }
  });

  it('cuts holes by contours that turn the other way and unites those that turn the same way', () => {
    expect(area(coverage([circle(10, 10, 8), circle(10, 10, 5, -1)]))).toBeCloseTo(Math.PI * (64 - 25), 1);
    const twice = coverage([circle(10, 10, 8), circle(10, 10, 5)]);
    expect(area(twice)).toBeCloseTo(Math.PI * 64, 1);
    expect(Math.max(...twice.values)).toBe(1);
  });

  it('is empty for nothing', () => {
    expect(coverage([]).values.length).toBe(0);
  });
});
