import { describe, expect, it } from 'vitest';
import { provisionalStops, stopsFromEdges } from './budget_scale.ts';

describe('the stops of a slider', () => {
  it('lie within its ends before a surface says them, with the searched budgets', () => {
    const stops = provisionalStops(50, 1024, [750, 6096, 100]);
    expect(stops[0]).toBe(50);
    expect(stops[stops.length - 1]).toBe(1024);
    expect(stops).toContain(750);
    expect(stops).not.toContain(6096);
    expect([...new Set(stops)].sort((a, b) => a - b)).toEqual(stops);
    expect(provisionalStops(50, 20)).toEqual([20]);
  });

  it('are evenly spaced in the logarithm where whole numbers allow it', () => {
    const stops = provisionalStops(1000, 131_072);
    const ratios = stops.slice(1).map((stop, place) => stop / (stops[place] ?? 1));
    // The first gap is from the least to the next step of the whole scale.
    for (const ratio of ratios.slice(1)) expect(ratio).toBeCloseTo(131_072 ** (1 / 63), 2);
  });

  it('are the edges that a pattern can run', () => {
    expect(stopsFromEdges([1, 10, 30, 100], 30)).toEqual([30, 100]);
    expect(stopsFromEdges([1, 10], 30)).toEqual([10]);
  });
});
