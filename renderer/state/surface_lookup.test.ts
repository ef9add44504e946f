import { describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { budgetsOf, lookUp, nearestEdge, patternAt, snap } from './surface_lookup.ts';

/** The surface of uniform attention on `rows` rows under an A-shape, cell by cell in float64, the way its definition says. */
function uniformAShape(rows: number, sinks: number[], windows: number[]): SurfaceResult {
  const at = (sink: number, window: number) => {
    let [recall, cells] = [0, 0];
    for (let i = 0; i < rows; i += 1) {
      let kept = 0;
      for (let j = 0; j <= i; j += 1) if (j < sink || i - j < window) kept += 1;
      recall += kept / (i + 1) / rows;
      cells += kept;
    }
    return { recall, nominal: cells / ((rows * (rows + 1)) / 2) };
  };
  const table = (read: (sink: number, window: number) => number) => sinks.map((sink) => windows.map((window) => read(sink, window)));
  return {
    kind: 'a_shape',
    axes: [
      { name: 'sink', edges: sinks },
      { name: 'window', edges: windows },
    ],
    recall: table((sink, window) => at(sink, window).recall),
    nominal: table((sink, window) => at(sink, window).nominal),
    executed: table((sink, window) => Math.min(1, at(sink, window).nominal * 1.5)),
    bands: [],
    estimator: {},
    elapsedMs: 1,
  };
}

const verticalSlash = (edges: number[][]): SurfaceResult => ({
  kind: 'vertical_slash',
  axes: ['verticals', 'slashes'].map((name, axis) => ({ name, edges: edges[axis] ?? [] })),
  recall: (edges[0] ?? []).map((v) => (edges[1] ?? []).map((s) => v / 1000 + s / 100_000)),
  nominal: (edges[0] ?? []).map((v) => (edges[1] ?? []).map((s) => (v + s) / 10_000)),
  executed: (edges[0] ?? []).map((v) => (edges[1] ?? []).map((s) => (v + s) / 5_000)),
  bands: [],
  estimator: { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 },
  elapsedMs: 1,
});

describe('a surface looked up', () => {
  it('gives the brute-force numbers at every edge, and nothing between', () => {
    const sinks = [1, 3, 8, 24];
    const windows = [1, 5, 24];
    const surface = uniformAShape(24, sinks, windows);
    for (const sink of sinks) {
      for (const window of windows) {
        let recall = 0;
        for (let i = 0; i < 24; i += 1) {
          const kept = Array.from({ length: i + 1 }, (_, j) => j).filter((j) => j < sink || i - j < window).length;
          recall += kept / (i + 1);
        }
        expect(lookUp(surface, { kind: 'a_shape', sink, window })?.recall).toBeCloseTo(recall / 24, 12);
      }
    }
    expect(lookUp(surface, { kind: 'a_shape', sink: 24, window: 24 })).toEqual({
      recall: expect.closeTo(1, 12),
      missed: expect.closeTo(0, 12),
      nominal: 1,
      executed: 1,
    });
    expect(lookUp(surface, { kind: 'a_shape', sink: 4, window: 5 })).toBeNull();
    expect(lookUp(surface, { kind: 'a_shape', sink: 3, window: 6 })).toBeNull();
  });

  it('keeps the axes apart', () => {
    const surface = verticalSlash([
      [30, 100],
      [50, 800, 2000],
    ]);
    expect(lookUp(surface, { kind: 'vertical_slash', verticals: 100, slashes: 50 })).toEqual({
      recall: 0.1005,
      missed: 0.8995,
      nominal: 0.015,
      executed: 0.03,
    });
    expect(lookUp(surface, { kind: 'vertical_slash', verticals: 50, slashes: 100 })).toBeNull();
  });

  it('answers only for its own kind and estimator', () => {
    const surface = verticalSlash([[30], [50]]);
    const pattern: Pattern = { kind: 'vertical_slash', verticals: 30, slashes: 50 };
    expect(lookUp(surface, pattern)).toBeDefined();
    expect(lookUp(surface, { ...pattern, forcedLocal: 100, forcedSinks: 30, lastQueries: 64 })).toBeDefined();
    expect(lookUp(surface, { ...pattern, forcedLocal: 30 })).toBeNull();
    expect(lookUp(surface, { ...pattern, lastQueries: 32 })).toBeNull();
    expect(lookUp(surface, { kind: 'a_shape', sink: 30, window: 50 })).toBeNull();
    expect(lookUp(surface, { kind: 'dense' })).toBeNull();
  });

  it('reads a table of one budget, of its own block size', () => {
    const surface: SurfaceResult = {
      kind: 'block_sparse',
      axes: [{ name: 'blocks', edges: [1, 4, 16] }],
      recall: [0.2, 0.6, 1],
      nominal: [0.1, 0.4, 1],
      executed: [0.1, 0.5, 1],
      bands: [],
      estimator: { blockSize: 64 },
      elapsedMs: 1,
    };
    expect(lookUp(surface, { kind: 'block_sparse', blocks: 4 })).toEqual({ recall: 0.6, missed: 0.4, nominal: 0.4, executed: 0.5 });
    expect(lookUp(surface, { kind: 'block_sparse', blocks: 4, blockSize: 32 })).toBeNull();
  });
});

describe('snapping', () => {
  it('finds the edge a brute-force comparison of logarithms finds', () => {
    const edges = [1, 2, 3, 5, 8, 13, 30, 100, 333, 1000, 4096];
    for (let value = 1; value <= 5000; value += 7) {
      const distances = edges.map((edge) => Math.abs(Math.log(edge / value)));
      const least = Math.min(...distances);
      expect(distances[nearestEdge(edges, value)]).toBeCloseTo(least, 12);
    }
  });

  it('stays on an edge, takes the lower of two as near, and clamps beyond the ends', () => {
    const edges = [10, 40, 90];
    expect(edges.map((edge) => nearestEdge(edges, edge))).toEqual([0, 1, 2]);
    expect(snap(verticalSlash([edges, edges]), 1, 30)).toBe(40);
    expect(nearestEdge(edges, 20)).toBe(0);
    expect(nearestEdge(edges, 21)).toBe(1);
    expect(nearestEdge(edges, 0)).toBe(0);
    expect(nearestEdge(edges, 1e9)).toBe(2);
  });
});

describe('budgets of a pattern', () => {
  it('go out and in again', () => {
    const patterns: Pattern[] = [
      { kind: 'a_shape', sink: 100, window: 800 },
      { kind: 'vertical_slash', verticals: 100, slashes: 750 },
      { kind: 'block_sparse', blocks: 100 },
    ];
    for (const pattern of patterns) {
      if (pattern.kind === 'dense') continue;
      expect(patternAt(pattern.kind, budgetsOf(pattern, pattern.kind) ?? [])).toEqual(pattern);
    }
    expect(budgetsOf({ kind: 'dense' }, 'a_shape')).toBeNull();
  });

  it('below the floors are the floors', () => {
    const surface = verticalSlash([
      [10, 30, 100],
      [20, 50, 800],
    ]);
    expect(lookUp(surface, { kind: 'vertical_slash', verticals: 10, slashes: 20 })).toEqual(
      lookUp(surface, { kind: 'vertical_slash', verticals: 30, slashes: 50 }),
    );
    expect(lookUp(surface, { kind: 'vertical_slash', verticals: 4096, slashes: 4096 })).toEqual(
      lookUp(surface, { kind: 'vertical_slash', verticals: 100, slashes: 800 }),
    );
  });
});
