import { describe, expect, it } from 'vitest';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { type FrontierPoint, nearestByCost, surfacePoints, undominated, upperHull } from './frontier.ts';

/** Numbers in [0, 1) that look random and are the same every time (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function cloud(seed: number, count: number, grid: number): FrontierPoint[] {
  const next = sequence(seed);
  const at = () => Math.floor(next() * grid) / grid;
  return Array.from({ length: count }, (_, place) => ({ cost: at(), recall: at(), budgets: [place] }));
}

const beats = (a: FrontierPoint, b: FrontierPoint) => a.cost <= b.cost && a.recall >= b.recall && (a.cost < b.cost || a.recall > b.recall);
const place = ({ cost, recall }: FrontierPoint) => `${cost} ${recall}`;

/** Height over `x` of the highest segment between any two of the points: the hull, without a hull algorithm. */
function highest(points: readonly FrontierPoint[], x: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const a of points) {
    for (const b of points) {
      if (a.cost > x || b.cost < x) continue;
      const share = a.cost === b.cost ? 0 : (x - a.cost) / (b.cost - a.cost);
      best = Math.max(best, a.cost === b.cost ? Math.max(a.recall, b.recall) : a.recall + share * (b.recall - a.recall));
    }
  }
  return best;
}

function heightOf(hull: readonly FrontierPoint[], x: number): number {
  for (let i = 0; i + 1 < hull.length; i += 1) {
    const [a, b] = [hull[i], hull[i + 1]];
    if (a && b && a.cost <= x && x <= b.cost) return a.recall + ((x - a.cost) / (b.cost - a.cost)) * (b.recall - a.recall);
  }
  return hull[0]?.recall ?? Number.NaN;
}

describe('the frontier of a cloud', () => {
  for (const [seed, grid] of [
    [1, 1e6],
    [2, 12],
    [3, 5],
  ] as const) {
    const points = cloud(seed, 160, grid);
    const frontier = undominated(points);

    it(`is what no point beats (seed ${seed})`, () => {
      const brute = new Set(points.filter((point) => !points.some((other) => beats(other, point))).map(place));
      expect(new Set(frontier.map(place))).toEqual(brute);
      expect(frontier).toHaveLength(brute.size);
      for (let i = 1; i < frontier.length; i += 1) {
        expect(frontier[i]!.cost).toBeGreaterThan(frontier[i - 1]!.cost);
        expect(frontier[i]!.recall).toBeGreaterThan(frontier[i - 1]!.recall);
      }
    });

    it(`has the hull of all segments between its points (seed ${seed})`, () => {
      const hull = upperHull(frontier);
      for (const point of hull) expect(frontier).toContain(point);
      for (let x = 0; x <= 1; x += 0.01) {
        if (x < frontier[0]!.cost || x > frontier[frontier.length - 1]!.cost) continue;
        expect(heightOf(hull, x)).toBeCloseTo(highest(frontier, x), 12);
      }
      for (let i = 2; i < hull.length; i += 1) {
        const slope = (a: FrontierPoint, b: FrontierPoint) => (b.recall - a.recall) / (b.cost - a.cost);
        expect(slope(hull[i - 1]!, hull[i]!)).toBeLessThan(slope(hull[i - 2]!, hull[i - 1]!));
      }
    });
  }

  it('takes one point and none', () => {
    const only: FrontierPoint = { cost: 0.5, recall: 0.5, budgets: [1] };
    expect(upperHull(undominated([only]))).toEqual([only]);
    expect(upperHull(undominated([]))).toEqual([]);
  });
});

describe('the points of a surface', () => {
  const surface: SurfaceResult = {
    kind: 'vertical_slash',
    axes: [
      { name: 'verticals', edges: [1, 30, 100] },
      { name: 'slashes', edges: [10, 50] },
    ],
    recall: [
      [0.1, 0.2],
      [0.3, 0.4],
      [0.5, 0.6],
    ],
    nominal: [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    executed: [
      [0.01, 0.02],
      [0.03, 0.04],
      [0.05, 0.06],
    ],
    bands: [],
    estimator: { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 },
    elapsedMs: 1,
  };

  it('carry their budgets, and leave out what no pattern runs', () => {
    expect(surfacePoints(surface)).toHaveLength(6);
    expect(surfacePoints(surface, [30, 50])).toEqual([
      { cost: 0.04, recall: 0.4, budgets: [30, 50] },
      { cost: 0.06, recall: 0.6, budgets: [100, 50] },
    ]);
  });

  it('are found by cost', () => {
    const frontier = undominated(surfacePoints(surface));
    expect(nearestByCost(frontier, 0.033)?.budgets).toEqual([30, 10]);
    expect(nearestByCost(frontier, 9)?.budgets).toEqual([100, 50]);
    expect(nearestByCost([], 0.1)).toBeUndefined();
  });
});
