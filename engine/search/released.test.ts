// The released search against masks written out cell by cell in float64, with the estimator and the probabilities of a random head.
import { describe, expect, it } from 'vitest';
import type { Surface, SurfaceRequest } from '../native/addon.ts';
import type { Pattern } from '../protocol/pattern.ts';
import { releasedCandidates } from './candidates.ts';
import { searchReleased } from './released.ts';

let state = 42;
function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}

interface Head {
  rows: number;
  /** [rows][rows] causal softmax. */
  p: Float64Array[];
  /** Orders in which budgets are spent. */
  columns: number[];
  distances: number[];
}

function randomHead(rows: number): Head {
  const p = Array.from({ length: rows }, (_, i) => {
    const weights = Float64Array.from({ length: rows }, (__, j) =>
      j <= i ? Math.exp(3 * random() + (j < 5 ? 2 : 0) + (i - j < 40 ? 2 : 0)) : 0,
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  });
  const [column, distance] = [new Float64Array(rows), new Float64Array(rows)];
  for (let i = rows - 64; i < rows; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      column[j] = (column[j] ?? 0) + (p[i]?.[j] ?? 0);
      distance[i - j] = (distance[i - j] ?? 0) + (p[i]?.[j] ?? 0);
    }
  }
  const order = (mass: Float64Array) =>
    Array.from({ length: rows }, (_, at) => at).sort(
      (a, b) => Number(b < 30) - Number(a < 30) || (a < 30 ? a - b : (mass[b] ?? 0) - (mass[a] ?? 0)),
    );
  return { rows, p, columns: order(column), distances: order(distance) };
}

function keeps(head: Head, pattern: Pattern): (i: number, j: number) => boolean {
  switch (pattern.kind) {
    case 'a_shape':
      return (i, j) => j < pattern.sink || i - j < pattern.window;
    case 'vertical_slash': {
      const [columns, distances] = [new Set(head.columns.slice(0, pattern.verticals)), new Set(head.distances.slice(0, pattern.slashes))];
      return (i, j) => columns.has(j) || distances.has(i - j);
    }
    case 'block_sparse':
      // A stand-in for the estimate: the newest blocks. The search only has to carry the surface's numbers.
      return (i, j) => Math.floor(i / 32) - Math.floor(j / 32) < pattern.blocks;
    case 'dense':
      return () => true;
  }
}

function bruteForce(head: Head, pattern: Pattern, from: number, to: number): { mass: number; tiles: number } {
  const kept = keeps(head, pattern);
  let mass = 0;
  const tiles = new Set<string>();
  for (let i = 0; i < head.rows; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      if (!kept(i, j)) continue;
      tiles.add(`${i >> 6} ${j >> 6}`);
      if (i >= from && i < to) mass += head.p[i]?.[j] ?? 0;
    }
  }
  return { mass, tiles: tiles.size };
}

/** The surface of every edge, each by its own brute force. */
function surfaceOf(head: Head, request: SurfaceRequest): Surface {
  const seconds = request.kind === 'block_sparse' ? [0] : [...request.edges[1]];
  const cells = [...request.edges[0]].flatMap((first) => seconds.map((second) => [first, second] as const));
  const patternAt = ([first, second]: readonly [number, number]): Pattern => {
    if (request.kind === 'a_shape') return { kind: 'a_shape', sink: first, window: second };
    if (request.kind === 'block_sparse') return { kind: 'block_sparse', blocks: first, blockSize: request.blockSize };
    return { kind: 'vertical_slash', verticals: first, slashes: second };
  };
  const bands = [...request.bandStart].slice(1).map((end, band) => [request.bandStart[band] ?? 0, end] as const);
  const tileRows = Math.ceil(head.rows / 64);
  return {
    bandMass: Float64Array.from(bands.flatMap(([from, to]) => cells.map((cell) => bruteForce(head, patternAt(cell), from, to).mass))),
    nominalCells: new Float64Array(cells.length),
    executedTiles: Float64Array.from(cells.map((cell) => bruteForce(head, patternAt(cell), 0, 0).tiles)),
    causalCells: 1,
    causalTiles: (tileRows * (tileRows + 1)) / 2,
    elapsedMs: 0,
  };
}

describe('the candidates', () => {
  it('are those of the original, in its order, from 3,500 tokens on', () => {
    const { candidates, skipped, scoredFrom } = releasedCandidates(29_920);
    expect(candidates.map(({ scored }) => scored)).toEqual([
      { kind: 'a_shape', sink: 100, window: 801 },
      ...[
        [30, 800],
        [100, 750],
        [500, 700],
        [3500, 100],
      ].map(([verticals, slashes]) => ({ kind: 'vertical_slash', verticals, slashes, lastQueries: 64, forcedSinks: 30, forcedLocal: 30 })),
      { kind: 'block_sparse', blocks: 116, blockSize: 32 },
    ]);
    expect(skipped).toEqual([]);
    expect(scoredFrom).toBe(2500);
    expect(releasedCandidates(3500).skipped).toEqual([]);
    // ceil(3501 / 32) = 110 blocks, an eighth of them rounded down.
    expect(releasedCandidates(3501).candidates.at(-1)?.scored).toMatchObject({ blocks: 13 });
  });

  it('are fewer on short prompts, which are scored from their middle on', () => {
    const kinds = (rows: number) => releasedCandidates(rows).candidates.map(({ scored }) => scored.kind);
    expect(releasedCandidates(3499)).toMatchObject({ scoredFrom: 1749, skipped: [{ verticals: 3500 }] });
    expect(kinds(801)).toEqual(['a_shape', 'vertical_slash', 'vertical_slash', 'vertical_slash', 'block_sparse']);
    expect(kinds(800)).toEqual(['vertical_slash', 'vertical_slash', 'vertical_slash', 'block_sparse']);
    expect(kinds(225)).toEqual(['block_sparse']);
    expect(kinds(224)).toEqual([]);
  });

  it('are deployed as the kernels of MInference run them, or remapped as its search writes them', () => {
    const { candidates } = releasedCandidates(5000);
    const [first, second, last] = [candidates[0], candidates[1], candidates.at(-1)];
    expect(first?.deployed).toEqual({ kind: 'a_shape', sink: 100, window: 800 });
    expect(first?.remapped).toMatchObject({ kind: 'vertical_slash', verticals: 100, slashes: 800, forcedLocal: 100 });
    expect(second?.deployed).toMatchObject({ verticals: 30, slashes: 800, forcedLocal: 100 });
    expect(last?.deployed).toEqual({ kind: 'block_sparse', blocks: 100, blockSize: 64 });
    expect(last?.remapped).toMatchObject({ kind: 'vertical_slash', verticals: 1000, slashes: 6096 });
  });
});

describe('the search of a head', () => {
  it('scores every candidate over the scored rows alone, and takes the first best', async () => {
    const head = randomHead(820);
    const list = releasedCandidates(head.rows);
    const asked: SurfaceRequest[] = [];
    const measure = async (request: SurfaceRequest) => {
      asked.push(request);
      return surfaceOf(head, request);
    };
    const result = await searchReleased(head.rows, 3, list, measure, false);
    expect(asked.map(({ kind }) => kind)).toEqual(['a_shape', 'vertical_slash', 'block_sparse']);
    for (const request of asked)
      expect(request).toMatchObject({ head: 3, forcedSinks: 30, forcedLocal: 30, lastQueries: 64, blockSize: 32 });
    expect(result.candidates.map(({ pattern }) => pattern)).toEqual(list.candidates.map(({ scored }) => scored));
    for (const { pattern, recall, density } of result.candidates) {
      const { mass, tiles } = bruteForce(head, pattern, list.scoredFrom, head.rows);
      expect(Math.abs(recall - mass / (head.rows - list.scoredFrom))).toBeLessThan(6e-7);
      expect(density).toBeCloseTo(tiles / ((13 * 14) / 2), 12);
    }
    const recalls = result.candidates.map(({ recall }) => recall);
    expect(result.winner).toBe(recalls.indexOf(Math.max(...recalls)));
    expect(result.deployed).toEqual(list.candidates[result.winner]?.deployed);
    const remapped = await searchReleased(head.rows, 3, list, measure, true);
    expect(remapped.deployed).toEqual(list.candidates[result.winner]?.remapped);
  });

  it('takes the first of equals, and does not let rounding noise choose', async () => {
    const list = releasedCandidates(5000);
    const noisy = async (request: SurfaceRequest): Promise<Surface> => {
      const cells = request.edges[0].length * Math.max(1, request.edges[1].length);
      const rows = 5000 - 2500;
      const mass = (cell: number) => rows * (1 + 1e-8 * (request.kind === 'block_sparse' ? 9 : cell));
      return {
        bandMass: Float64Array.from({ length: 2 * cells }, (_, place) => (place < cells ? 0 : mass(place - cells))),
        nominalCells: new Float64Array(cells),
        executedTiles: new Float64Array(cells),
        causalCells: 1,
        causalTiles: 1,
        elapsedMs: 0,
      };
    };
    const { winner, candidates } = await searchReleased(5000, 0, list, noisy, false);
    expect(candidates.map(({ recall }) => recall)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(winner).toBe(0);
  });
});
