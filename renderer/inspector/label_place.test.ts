import { describe, expect, it } from 'vitest';
import { alongLine, labelPlace } from './label_place.ts';

const bounds = { left: 0, right: 300, top: 0, bottom: 140 };
const covers = (place: ReturnType<typeof labelPlace>, width: number, { x, y }: { x: number; y: number }) => {
  const left = place.x - (place.anchor === 'start' ? 0 : place.anchor === 'end' ? width : width / 2);
  return x > left && x < left + width && y > place.y - 10 && y < place.y + 3;
};

describe('the label of a point', () => {
  it('stands beside it where nothing is in the way', () => {
    expect(labelPlace({ x: 100, y: 70 }, 80, [], bounds)).toEqual({ x: 113, y: 74, anchor: 'start' });
    expect(labelPlace({ x: 290, y: 70 }, 80, [], bounds).anchor).toBe('end');
  });

  it('covers no curve through the point, wherever the point is', () => {
    for (let at = 20; at <= 280; at += 20) {
      const curve = alongLine(
        Array.from({ length: 31 }, (_, step) => ({ x: 10 * step, y: 130 - 120 * Math.sqrt(step / 30) })),
        3,
      );
      const point = { x: at, y: 130 - 120 * Math.sqrt(at / 300) };
      const place = labelPlace(point, 85, curve, bounds);
      expect(curve.filter((each) => covers(place, 85, each))).toEqual([]);
    }
  });

  it('stays inside, whatever covers it', () => {
    const full = Array.from({ length: 3000 }, (_, index) => ({ x: (index % 100) * 3, y: Math.floor(index / 100) * 5 }));
    const place = labelPlace({ x: 5, y: 5 }, 80, full, bounds);
    expect(place.x).toBeGreaterThanOrEqual(0);
    expect(place.y).toBeLessThanOrEqual(140);
  });
});
