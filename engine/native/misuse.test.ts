// Whatever JavaScript hands the addon, it answers with a coded error.
import { beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../protocol/errors.ts';
import type { NativeAddon, NativeLayer } from './addon.ts';
import { loadAddon } from './load.ts';
import { randomFloats } from './reference_attention.ts';

const shape = { heads: 2, kvHeads: 1, headDim: 16, rows: 100, scale: 0.25 };
const q = randomFloats(2 * 100 * 16, 1);
const k = randomFloats(100 * 16, 2);

let addon: NativeAddon;
let layer: NativeLayer;
beforeAll(() => {
  addon = loadAddon();
  layer = addon.captureLayer(q, k, k, shape);
});

/** Calls a method with arguments its type forbids. */
function call(target: object, method: string, ...args: unknown[]): unknown {
  const found: unknown = Reflect.get(target, method);
  if (typeof found !== 'function') throw new Error(`there is no method ${method}`);
  return Reflect.apply(found, target, args);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    expect(ERROR_CODES).toContain(code);
    return String(code);
  }
  return 'did not throw';
}

const junk: unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 60,
  '1',
  'x'.repeat(1000),
  10n,
  Symbol('s'),
  {},
  [],
  [[]],
  () => 1,
  new Uint8Array(4),
  new Float32Array(3),
  new ArrayBuffer(8),
  new Proxy({}, {}),
  Object.create(null),
];

function detached(count: number): Float32Array {
  const array = new Float32Array(count);
  structuredClone(array.buffer, { transfer: [array.buffer] });
  return array;
}

describe('wrong arguments', () => {
  const good: Record<string, unknown[]> = {
    copy: ['q', new Float32Array(q.length)],
    lse: [0, new Float32Array(100), 1],
    index: [0, { kind: 'a_shape', sink: 1, window: 1 }, false, 1],
    evaluate: [0, { kind: 'a_shape', sink: 1, window: 1 }, false, 1, () => {}],
    tile: [0, [0, 100, 0, 100], 4, 4, 'sum', new Float32Array(16), 1],
    maskTile: [0, { kind: 'a_shape', sink: 1, window: 1 }, false, [0, 100, 0, 100], 4, 4, new Float32Array(16), 1],
    profiles: [0, new Float64Array(100), new Float64Array(100), 1],
    overview: [0, new Float32Array(65536), new Float32Array(65536), 1],
  };
  // Values of the list that are right in that place.
  const allowed = new Set(['evaluate.4:undefined', 'evaluate.4:function', 'index.2:boolean', 'evaluate.2:boolean', 'maskTile.2:boolean']);

  it.each(Object.keys(good))('of %s are refused, one at a time', (method) => {
    const args = good[method]!;
    for (let place = 0; place < args.length; place += 1) {
      for (const value of junk) {
        if (allowed.has(`${method}.${place}:${typeof value}`)) continue;
        const wrong = [...args];
        wrong[place] = value;
        expect(['INVALID_REQUEST', 'PATTERN_INVALID']).toContain(codeOf(() => call(layer, method, ...wrong)));
      }
    }
    expect(codeOf(() => call(layer, method))).toMatch(/INVALID/);
  });

  it('of the addon itself are refused', () => {
    for (const value of junk) {
      expect(codeOf(() => call(addon, 'captureLayer', value, k, k, shape))).toBe('INVALID_REQUEST');
      expect(codeOf(() => call(addon, 'captureLayer', q, value, k, shape))).toBe('INVALID_REQUEST');
      expect(codeOf(() => call(addon, 'captureLayer', q, k, k, value))).toBe('INVALID_REQUEST');
      for (const key of Object.keys(shape)) {
        if (key === 'scale' && Number.isFinite(value)) continue;
        expect(codeOf(() => call(addon, 'captureLayer', q, k, k, { ...shape, [key]: value }))).toMatch(
          /^(INVALID_REQUEST|CAPTURE_INVALID)$/,
        );
      }
      expect(codeOf(() => call(addon, 'openModel', value, []))).toBe('INVALID_REQUEST');
    }
  });

  it('of a surface are refused', () => {
    const request = {
      head: 0,
      kind: 'a_shape',
      edges: [Int32Array.of(1), Int32Array.of(1)],
      lastQueries: 64,
      forcedSinks: 30,
      forcedLocal: 100,
      blockSize: 64,
      bandStart: Int32Array.of(0, 100),
    };
    for (const key of Object.keys(request)) {
      for (const value of junk) expect(codeOf(() => call(layer, 'surface', { ...request, [key]: value }, 1))).toBe('INVALID_REQUEST');
    }
    const wrong: Record<string, unknown>[] = [
      { edges: [Int32Array.of(2, 1), Int32Array.of(1)] },
      { edges: [Int32Array.of(1), Int32Array.of()] },
      { edges: [Int32Array.of(), Int32Array.of(1)] },
      { edges: [Int32Array.of(-1), Int32Array.of(1)] },
      { bandStart: Int32Array.of(0, 99) },
      { bandStart: Int32Array.of(0, 0, 100) },
      { bandStart: Int32Array.of(1, 100) },
      { bandStart: Int32Array.of(100) },
      { blockSize: 48 },
      { kind: 'dense' },
    ];
    for (const change of wrong) expect(codeOf(() => call(layer, 'surface', { ...request, ...change }, 1))).toBe('INVALID_REQUEST');
  });

  it('that are arrays of the wrong length, detached or shrunk are refused', () => {
    expect(codeOf(() => layer.lse(0, new Float32Array(99), 1))).toBe('INVALID_REQUEST');
    expect(codeOf(() => layer.lse(0, detached(100), 1))).toBe('INVALID_REQUEST');
    expect(codeOf(() => layer.copy('k', detached(1600)))).toBe('INVALID_REQUEST');
    expect(codeOf(() => addon.captureLayer(detached(3200), k, k, shape))).toBe('INVALID_REQUEST');
    expect(codeOf(() => layer.tile(0, [0, 100, 0, 100], 4, 4, 'sum', new Float32Array(15), 1))).toBe('INVALID_REQUEST');
  });

  it('that contradict each other are refused', () => {
    const nan = k.slice();
    nan[7] = Number.NaN;
    expect(codeOf(() => addon.captureLayer(q, nan, k, shape))).toBe('CAPTURE_INVALID');
    expect(codeOf(() => addon.captureLayer(q, k, k, { ...shape, heads: 3 }))).toBe('INVALID_REQUEST');
    expect(codeOf(() => addon.captureLayer(q, k, k, { ...shape, scale: 0 }))).toBe('CAPTURE_INVALID');
    expect(
      codeOf(() => addon.captureLayer(randomFloats(3 * 1600, 1), randomFloats(2 * 1600, 1), null, { ...shape, heads: 3, kvHeads: 2 })),
    ).toBe('CAPTURE_INVALID');
  });

  it('of the rectangle reject or throw, never read outside', async () => {
    for (const rect of [
      [0, 101, 0, 1],
      [5, 5, 0, 1],
      [9, 3, 0, 1],
      [0, 1, 7, 2],
      [0, 1, 0],
      [0, 1, 0, 1, 2],
      [-1, 1, 0, 1],
    ]) {
      const run = async () => {
        const job = call(layer, 'tile', 0, rect, 1, 1, 'sum', new Float32Array(1), 1);
        await (typeof job === 'object' && job !== null ? Reflect.get(job, 'promise') : undefined);
      };
      await expect(run()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    }
  });

  it('with a getter that throws pass its error on', () => {
    const request = {
      get kind(): string {
        throw new RangeError('mine');
      },
    };
    expect(() => call(layer, 'index', 0, request, false, 1)).toThrow(RangeError);
  });

  it('with a getter that detaches the array are refused', () => {
    const array = new Float32Array(q.length);
    const sneaky = {
      ...shape,
      get rows() {
        structuredClone(array.buffer, { transfer: [array.buffer] });
        return 100;
      },
    };
    expect(codeOf(() => addon.captureLayer(array, k, k, sneaky))).toBe('INVALID_REQUEST');
  });
});

describe('patterns', () => {
  const vertical = { kind: 'vertical_slash', verticals: 1, slashes: 1, lastQueries: 64, forcedSinks: 30, forcedLocal: 100 };
  it.each([
    [{}],
    [{ kind: 'triangle' }],
    [{ kind: 'a_shape', sink: -1, window: 1 }],
    [{ kind: 'a_shape', sink: 1 }],
    [{ kind: 'a_shape', sink: 1.5, window: 1 }],
    [{ kind: 'a_shape', sink: Number.NaN, window: 1 }],
    [{ ...vertical, verticals: '5' }],
    [{ ...vertical, lastQueries: 0 }],
    [{ ...vertical, slashes: 2 ** 60 }],
    [{ kind: 'block_sparse', blocks: 1, blockSize: 48 }],
    [{ kind: 'block_sparse', blocks: 1, blockSize: 8 }],
    [{ kind: 'block_sparse', blocks: -1, blockSize: 64 }],
  ])('%j is refused', (pattern) => {
    expect(codeOf(() => call(layer, 'index', 0, pattern, false, 1))).toBe('PATTERN_INVALID');
  });

  it('above the input are clamped', async () => {
    const huge = 2 ** 40;
    const index = await layer.index(0, { kind: 'a_shape', sink: huge, window: huge }, false, 1).promise;
    expect(index.effective).toEqual({ kind: 'a_shape', sink: 100, window: 100 });
    expect(index.nominalCells).toBe(5050);
  });
});

describe('objects', () => {
  it('refuse a foreign this', () => {
    const method: unknown = Reflect.get(layer, 'copy');
    if (typeof method !== 'function') throw new Error('no method');
    for (const wrong of [...junk, addon, Object.create(layer), new Proxy(layer, {})]) {
      expect(() => Reflect.apply(method, wrong, ['q', new Float32Array(q.length)])).toThrow();
    }
  });

  it('cannot be made with new', () => {
    const made: unknown = Reflect.get(layer, 'constructor');
    if (typeof made !== 'function') throw new Error('no constructor');
    expect(codeOf(() => Reflect.construct(made, []))).toBe('INVALID_REQUEST');
    class Mine extends Object {}
    expect(codeOf(() => Reflect.construct(made, [], Mine))).toBe('INVALID_REQUEST');
  });

  it('answer after close() with an error, and close twice', () => {
    const closed = addon.captureLayer(q, k, k, shape);
    closed.close();
    closed.close();
    expect(closed.rows).toBe(100);
    expect(codeOf(() => closed.copy('q', new Float32Array(q.length)))).toBe('INVALID_REQUEST');
    expect(codeOf(() => closed.lse(0, new Float32Array(100), 1))).toBe('INVALID_REQUEST');
    expect(codeOf(() => closed.index(0, { kind: 'dense' }, false, 1))).toBe('INVALID_REQUEST');
  });

  it('keep their constants', () => {
    expect(Reflect.set(layer, 'rows', 5)).toBe(false);
    expect(layer.rows).toBe(100);
  });
});
