import { describe, expect, it } from 'vitest';
import { clampBudgets, sliderEdges, withDefaults } from './budgets.ts';

describe('clampBudgets', () => {
  it('fills in MInference constants and leaves fitting budgets alone', () => {
    expect(withDefaults({ kind: 'vertical_slash', verticals: 1000, slashes: 6096, forcedLocal: 30 })).toEqual({
      kind: 'vertical_slash',
      verticals: 1000,
      slashes: 6096,
      lastQueries: 64,
      forcedSinks: 30,
      forcedLocal: 30,
    });
    expect(withDefaults({ kind: 'block_sparse', blocks: 3 })).toEqual({ kind: 'block_sparse', blocks: 3, blockSize: 64 });
    expect(clampBudgets({ kind: 'vertical_slash', verticals: 1000, slashes: 6096 }, 8192).notes).toEqual([]);
    expect(clampBudgets({ kind: 'dense' }, 5)).toEqual({ pattern: { kind: 'dense' }, notes: [] });
  });

  it.each([
    [{ kind: 'vertical_slash', verticals: 0, slashes: 0 }, 4096, { verticals: 30, slashes: 50 }, 2],
    [{ kind: 'vertical_slash', verticals: 9000, slashes: 9000 }, 4096, { verticals: 4096, slashes: 4096 }, 2],
    [{ kind: 'vertical_slash', verticals: 5, slashes: 5, forcedSinks: 0, forcedLocal: 0 }, 4096, { verticals: 5, slashes: 5 }, 0],
    [{ kind: 'vertical_slash', verticals: 5, slashes: 0, forcedSinks: 0, forcedLocal: 0 }, 4096, { verticals: 5, slashes: 1 }, 1],
    [
      { kind: 'vertical_slash', verticals: 100, slashes: 100 },
      10,
      { verticals: 10, slashes: 10, lastQueries: 10, forcedSinks: 10, forcedLocal: 10 },
      2,
    ],
    [{ kind: 'a_shape', sink: 0, window: 0 }, 100, { sink: 0, window: 1 }, 1],
    [{ kind: 'a_shape', sink: 200, window: 200 }, 100, { sink: 100, window: 100 }, 2],
    [{ kind: 'block_sparse', blocks: 0 }, 100, { blocks: 1 }, 1],
    [{ kind: 'block_sparse', blocks: 100, blockSize: 32 }, 100, { blocks: 4, blockSize: 32 }, 1],
  ] as const)('%j on %i tokens', (pattern, rows, expected, notes) => {
    const clamped = clampBudgets(pattern, rows);
    expect(clamped.pattern).toMatchObject(expected);
    expect(clamped.notes.length).toBe(notes);
  });
});

describe('sliderEdges', () => {
  it('ascends from min to max in about 64 steps that grow, and holds every candidate that fits', () => {
    const edges = [...sliderEdges(16384, [30, 800, 6096, 99999, 0], { min: 30 })];
    expect(edges[0]).toBe(30);
    expect(edges.at(-1)).toBe(16384);
    expect(edges.every((edge, i) => i === 0 || edge > (edges[i - 1] ?? 0))).toBe(true);
    expect(edges).toEqual(expect.arrayContaining([800, 6096]));
    expect(edges).not.toContain(99999);
    expect(edges.length).toBeGreaterThanOrEqual(62);
    expect(edges.length).toBeLessThanOrEqual(67);
    const ratios = edges.slice(1).map((edge, i) => edge / (edges[i] ?? 1));
    expect(Math.max(...ratios)).toBeLessThan(1.2);
  });

  it('is every number of a short range, and one for a range of one', () => {
    expect([...sliderEdges(5)]).toEqual([1, 2, 3, 4, 5]);
    expect([...sliderEdges(1)]).toEqual([1]);
    expect([...sliderEdges(10, [], { min: 30 })]).toEqual([10]);
    expect(() => sliderEdges(0)).toThrow(RangeError);
    expect(() => sliderEdges(Number.NaN)).toThrow(RangeError);
  });
});
