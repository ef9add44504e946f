// A test double: the engine's protocol answered from formulas instead of a model, so that the interface can be driven at lengths and
// numbers of heads that this machine could not prefill. Nothing it says is a measurement.
import { sliderEdges } from '../../engine/patterns/budgets.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { TILE_SIDE } from '../../engine/protocol/limits.ts';
import { methods, type Params } from '../../engine/protocol/methods.ts';
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import type { Rect, RunInfo, SurfaceResult, SurfaceTable } from '../../engine/protocol/records.ts';
import type { Handlers, RequestContext, Service } from '../../engine/protocol/server.ts';
import { bytesOf, quantisePlane, sendRows } from '../../engine/service/frames.ts';
import { hashed, SyntheticHead } from './synthetic_head.ts';

export interface SyntheticShape {
  rows: number;
  layers: number;
  heads: number;
}

const MODEL = 'synthetic';
const RUN = 'synthetic-run';
const VOCABULARY = 4096;
const WORDS = ['the', ' sky', ' is', ' blue', '\n', ' attention', ' of', ' a', ' long', ' prompt', ',', ' key', ' 7', '42', '.', ' and'];

function budgetShares(pattern: Pattern, rows: number): [number, number] {
  switch (pattern.kind) {
    case 'dense':
      return [1, 1];
    case 'vertical_slash':
      return [pattern.verticals / rows, pattern.slashes / rows];
    case 'a_shape':
      return [pattern.sink / rows, pattern.window / rows];
    case 'block_sparse':
      return [pattern.blocks / (rows / ESTIMATOR_DEFAULTS.blockSize), 0];
  }
}

/** Grows with both budgets towards 1. */
const recallOf = (a: number, b: number, seed: number) => 1 - (0.4 + (seed % 64) / 160) * (1 - a) ** 3 * (1 - b) ** 3 * 2 ** (-30 * (a + b));
const densityOf = (a: number, b: number) => Math.min(1, 1 - (1 - a) * (1 - b) + 0.01);

function tableOf(edges: readonly Int32Array[], rows: number, value: (a: number, b: number) => number): SurfaceTable {
  const [first, second] = edges;
  if (!first) return [];
  if (!second) return Array.from(first, (a) => value(a / rows, 0));
  return Array.from(first, (a) => Array.from(second, (b) => value(a / rows, b / rows)));
}

export function syntheticEngine({ rows, layers, heads }: SyntheticShape): Service {
  const made = new Map<number, SyntheticHead>();
  const headOf = ({ layer, head }: { layer: number; head: number }): SyntheticHead => {
    const key = layer * heads + head;
    const known = made.get(key) ?? new SyntheticHead(layer, head, rows);
    if (made.size >= 64) made.clear();
    made.set(key, known);
    return known;
  };
  const all = Array.from({ length: layers * heads }, (_, at) => ({ layer: Math.floor(at / heads), head: at % heads }));
  const info: RunInfo = {
    runId: RUN,
    kind: 'saved',
    model: { name: MODEL, hash: null },
    rows,
    layers,
    heads,
    kvHeads: Math.max(1, heads / 4),
    headDim: 128,
    vocabSize: VOCABULARY,
    layersPresent: Array.from({ length: layers }, (_, layer) => layer),
    promptHash: null,
    totalMs: null,
    timings: [],
    notes: [],
  };
  const shape = { frames: 1, rows: TILE_SIDE, columns: TILE_SIDE };

  async function tile({ layer, head, rect, key }: Params<'map.tile'>, context: RequestContext): Promise<typeof shape> {
    const width = Math.min(TILE_SIDE, rect[3] - rect[2]);
    const height = Math.min(TILE_SIDE, rect[1] - rect[0]);
    const source = headOf({ layer, head });
    const largest = source.largest(rect, width, height);
    const payload = new Uint8Array(2 * width * height);
    const scale = [
      quantisePlane(largest, payload.subarray(0, width * height)),
      quantisePlane(source.sums(largest, rect, height), payload.subarray(width * height)),
    ];
    await context.frame({ key, dtype: 'u8', planes: 2, rows: height, columns: width, scale, payload });
    return { frames: 1, rows: height, columns: width };
  }

  const surface = ({ layer, head, kind }: Params<'pattern.surface'>): SurfaceResult => {
    const most = kind === 'block_sparse' ? Math.ceil(rows / ESTIMATOR_DEFAULTS.blockSize) : rows;
    const names = { vertical_slash: ['verticals', 'slashes'], a_shape: ['sink', 'window'], block_sparse: ['blocks'] }[kind];
    const edges = names.map(() => sliderEdges(most));
    const seed = hashed(layer, head);
    const recall = (shift: number) => tableOf(edges, most, (a, b) => recallOf(a, b, seed + shift));
    const { lastQueries, forcedSinks, forcedLocal, blockSize } = ESTIMATOR_DEFAULTS;
    return {
      kind,
      axes: names.map((name, axis) => ({ name, edges: [...(edges[axis] ?? [])] })),
      recall: recall(0),
      nominal: tableOf(edges, most, densityOf),
      executed: tableOf(edges, most, densityOf),
      bands: Array.from({ length: 8 }, (_, band) => ({ rows: [(band * rows) / 8, ((band + 1) * rows) / 8], recall: recall(band) })),
      estimator: kind === 'vertical_slash' ? { lastQueries, forcedSinks, forcedLocal } : kind === 'block_sparse' ? { blockSize } : {},
      elapsedMs: 0,
    };
  };

  const measured = (place: { layer: number; head: number }, pattern: Pattern) => {
    const [a, b] = budgetShares(pattern, rows);
    const recall = recallOf(a, b, hashed(place.layer, place.head));
    return { ...place, pattern, recall, minRecall: recall * 0.8, nominal: densityOf(a, b), executed: densityOf(a, b) };
  };

  const refuse = (method: string) => async () => {
    throw new HeadscopeError('INVALID_REQUEST', `The synthetic engine does not answer ${method}.`);
  };

  const answers: Partial<Handlers> = {
    'engine.info': async () => ({
      protocol: 1,
      build: MODEL,
      devices: [{ name: MODEL, description: 'formulas', available: true, reason: '' }],
      hardwareThreads: 1,
      availableBytes: 2 ** 33,
      writesFiles: false,
    }),
    'engine.doctor': async () => ({ checks: [] }),
    'library.list': async () => ({
      models: [],
      prompts: [],
      runs: [{ id: RUN, name: MODEL, path: null, bundled: false, model: MODEL, rows, layers, heads, created: '2026-01-01T00:00:00Z' }],
      captures: [],
      configs: [],
      notes: [],
    }),
    'run.open': async () => info,
    'run.list': async () => ({ runs: [] }),
    'run.close': async () => ({}),
    'run.tokens': async ({ begin, end }) => ({ ids: Array.from({ length: end - begin }, (_, at) => hashed(begin + at) % VOCABULARY) }),
    'tokenizer.decode': async ({ ids }) => ({ texts: ids.map((id) => WORDS[id % WORDS.length] ?? '') }),
    'run.measure': async ({ patterns, heads: asked = all }, context) => {
      for (const [done, place] of asked.entries()) {
        context.event(measured(place, patterns?.[place.layer]?.[place.head] ?? { kind: 'dense' }));
        if (done % 32 === 31) {
          context.progress({ done, total: asked.length, unit: 'head', note: '' });
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      return { heads: asked.length, elapsedMs: 0 };
    },
    'run.compare': async () => ({
      layers: Array.from({ length: layers }, () => ({
        denseMs: 90,
        sparseMs: 30,
        indexMs: 4,
        tiles: 1e6,
        causal: 4e6,
        ranDense: [],
        hidden: null,
      })),
      logits: { maxAbs: 0.4, kl: 0.02, top1Same: true, dense: [{ id: 7, probability: 0.6 }], sparse: [{ id: 7, probability: 0.58 }] },
      tail: { rows: 64, meanKl: 0.02, maxKl: 0.1, maxKlRow: rows - 3, top1Same: 63 },
      repeats: 1,
      threads: 1,
      denseMs: 90 * layers,
      sparseMs: 34 * layers,
      notes: [],
    }),
    'map.tile': tile,
    'map.missed': ({ runId, layer, head, rect, key }, context) => tile({ runId, layer, head, rect, key }, context),
    'map.exact': async ({ rect, ...place }, context) => {
      const columns = rect[3] - rect[2];
      const cells = headOf(place).largest(rect, columns, rect[1] - rect[0]);
      return { frames: await sendRows(context, cells, columns, 0), rows: rect[1] - rect[0], columns };
    },
    'map.row': async ({ row, ...place }, context) => {
      const cells = headOf(place).largest([row, row + 1, 0, row + 1], row + 1, 1);
      return { frames: await sendRows(context, cells, row + 1, 0), rows: 1, columns: row + 1 };
    },
    'map.mask': async ({ size: { width, height }, pattern }, context) => {
      const cells = new Float32Array(width * height).fill(densityOf(...budgetShares(pattern, rows)));
      return { frames: await sendRows(context, cells, width, 0), rows: height, columns: width };
    },
    'map.overview': async ({ layer, heads: asked = all.slice(0, heads).map(({ head }) => head) }, context) => {
      for (const head of asked) {
        const whole: Rect = [0, rows, 0, rows];
        const source = headOf({ layer, head });
        const largest = source.largest(whole, TILE_SIDE, TILE_SIDE);
        const both = new Float32Array(2 * largest.length);
        both.set(largest);
        both.set(source.sums(largest, whole, TILE_SIDE), largest.length);
        await context.frame({ key: head, dtype: 'f32', planes: 2, rows: TILE_SIDE, columns: TILE_SIDE, scale: [], payload: bytesOf(both) });
      }
      return { ...shape, frames: asked.length };
    },
    'map.profiles': async (_place, context) => {
      for (const key of [0, 1]) {
        const mass = Float64Array.from({ length: rows }, (_, at) => 2 ** -((hashed(at) % 12) + 2));
        await context.frame({ key, dtype: 'f64', planes: 1, rows: 1, columns: rows, scale: [], payload: bytesOf(mass) });
      }
      return { frames: 2, rows: 2, columns: rows };
    },
    'pattern.surface': async (params) => surface(params),
    'pattern.ranks': async ({ kind, ...place }, context) => {
      if (kind === 'block_sparse') throw new HeadscopeError('INVALID_REQUEST', 'The synthetic engine ranks columns and distances only.');
      for (const key of [0, 1] as const) {
        const ranks = headOf(place).ranks(key === 0 ? 2 : 3);
        await context.frame({ key, dtype: 'i32', planes: 1, rows: 1, columns: rows, scale: [], payload: bytesOf(ranks) });
      }
      return { frames: 2, rows: 2, columns: rows };
    },
    'pattern.evaluate': async ({ pattern, ...place }) => {
      const { recall, minRecall, nominal, executed } = measured(place, pattern);
      const [a, b] = budgetShares(pattern, rows);
      return {
        recall: { mean: recall, min: minRecall, last64: recall, fromRow: null },
        output: { relL2: 1 - recall, maxAbs: 1 - recall },
        density: { nominal, executed },
        index: { columns: Math.round(a * rows), distances: Math.round(b * rows), blocks: 0, bytes: 4 * rows },
        tiles: { executed: executed * 1e6, causal: 1e6 },
        elapsedMs: 20,
        denseMs: 60,
        repeats: 1,
        threads: 1,
        effective: pattern,
        notes: [],
      };
    },
    'config.write': async () => ({ text: '{}', notes: [] }),
  };
  // Every method of the table refuses, and the answers take the place of some.
  const refusals = Object.fromEntries(Object.keys(methods).map((method) => [method, refuse(method)]));
  return { handlers: { ...(refusals as unknown as Handlers), ...answers }, build: MODEL, devices: [MODEL], disconnected: () => {} };
}
