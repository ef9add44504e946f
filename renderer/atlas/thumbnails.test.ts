// Thumbnails against an engine whose overviews and masks are known cell by cell.
import { describe, expect, it, vi } from 'vitest';
import { fakeClient } from '../state/fake_client.fixture.ts';
import { codeMissed, codePlane, halvePlane, paintThumbnail, THUMBNAIL_CELLS } from './thumbnail_pictures.ts';
import { ThumbnailStore } from './thumbnails.ts';

const SIDE = 256;
const bytes = (values: Float32Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Every causal cell holds `mass` per bin of 2 rows. */
function overview(mass: number): Float32Array {
  const both = new Float32Array(2 * SIDE * SIDE);
  for (let row = 0; row < SIDE; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      both[row * SIDE + column] = mass / 2;
      both[SIDE * SIDE + row * SIDE + column] = mass;
    }
  }
  return both;
}

function engineOf(log: string[]) {
  return fakeClient({
    'map.overview': async ({ layer, heads }, context) => {
      log.push(`overview ${layer}: ${heads?.join()}`);
      for (const head of heads ?? []) {
        await context.frame({ key: head, dtype: 'f32', planes: 2, rows: SIDE, columns: SIDE, scale: [], payload: bytes(overview(0.02)) });
      }
      return { frames: heads?.length ?? 0, rows: SIDE, columns: SIDE };
    },
    'map.mask': async ({ layer, head, size }, context) => {
      log.push(`mask ${layer}/${head}`);
      const kept = new Float32Array(size.width * size.height).fill(head === 1 ? 1 : 0);
      await context.frame({ key: 0, dtype: 'f32', planes: 1, rows: size.height, columns: size.width, scale: [], payload: bytes(kept) });
      return { frames: 1, rows: size.height, columns: size.width };
    },
  }).client;
}

const PATTERN = { kind: 'vertical_slash', verticals: 30, slashes: 100 } as const;

describe('the thumbnail store', () => {
  it('brings overviews a layer at a time, then what the patterns leave out', async () => {
    const log: string[] = [];
    const store = new ThumbnailStore(engineOf(log), 'run', 2 * SIDE, () => {});
    store.want([
      { layer: 0, head: 0, pattern: PATTERN },
      { layer: 0, head: 1, pattern: PATTERN },
      { layer: 1, head: 0, pattern: { kind: 'dense' } },
    ]);
    await vi.waitFor(() => expect(log).toEqual(['overview 0: 0,1', 'overview 1: 0', 'mask 0/0', 'mask 0/1']));
    await vi.waitFor(() => expect(store.get(0, 1)?.missed).not.toBeNull());
    const corner = (THUMBNAIL_CELLS - 1) * THUMBNAIL_CELLS;
    // Head 0 keeps nothing: 0.02 of a bin of 2 rows, two columns together: 0.02 of a row.
    const expected = Math.round((255 * (Math.log2(0.02) + 10)) / 6);
    expect(store.get(0, 0)?.missed?.[corner]).toBe(expected);
    // Head 1 keeps all.
    expect(Math.max(...(store.get(0, 1)?.missed ?? [1]))).toBe(0);
    expect(store.get(1, 0)?.missed).toBeNull();
    store.stop();
  });

  it('asks again for the mask of an edited pattern, not for the overview', async () => {
    const log: string[] = [];
    const store = new ThumbnailStore(engineOf(log), 'run', 2 * SIDE, () => {});
    store.want([{ layer: 0, head: 0, pattern: PATTERN }]);
    await vi.waitFor(() => expect(log).toHaveLength(2));
    store.want([{ layer: 0, head: 0, pattern: { ...PATTERN, verticals: 60 } }]);
    await vi.waitFor(() => expect(log).toEqual(['overview 0: 0', 'mask 0/0', 'mask 0/0']));
    store.stop();
  });

  it('keeps what the engine refused, and does not ask it again', async () => {
    const client = fakeClient({}).client;
    const changed = vi.fn();
    const store = new ThumbnailStore(client, 'run', SIDE, changed);
    store.want([{ layer: 3, head: 2, pattern: null }]);
    await vi.waitFor(() => expect(store.refusal(3, 2)).toContain('map.overview'));
    expect(store.get(3, 2)).toBeNull();
    store.stop();
  });
});

describe('pictures', () => {
  it('halve by the largest and by the mass', () => {
    const plane = Float32Array.from([1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 5, 5, 0, 0, 5, 5]);
    expect([...halvePlane(plane, 4, 'max')]).toEqual([4, 0, 0, 5]);
    expect([...halvePlane(plane, 4, 'mass')]).toEqual([5, 0, 0, 10]);
  });

  it('code zero apart from the smallest', () => {
    const { codes } = codePlane(Float32Array.from([0, 2 ** -10, 2 ** -5, 1]));
    expect(codes[0]).toBe(0);
    expect(codes[1]).toBe(1);
    expect(codes[3]).toBe(255);
    expect(codes[2]).toBe(128);
  });

  it('take nothing above the diagonal for missed, and NaN for no mass', () => {
    expect([...codeMissed(Float32Array.from([0.5, 0.5]), Float32Array.from([Number.NaN, 1]))]).toEqual([0, 0]);
  });

  it('are warm where mass is lost and grey where it is kept', () => {
    const cells = THUMBNAIL_CELLS ** 2;
    const attention = { codes: new Uint8Array(cells).fill(200), low: -18, high: 0 };
    const missed = new Uint8Array(cells);
    missed[100 * THUMBNAIL_CELLS + 50] = 230;
    const pixels = paintThumbnail(attention, missed, 'light');
    const at = (row: number, column: number) => [...pixels.subarray(4 * (row * THUMBNAIL_CELLS + column)).subarray(0, 3)];
    const [red, , blue] = at(100, 50);
    expect(red! - blue!).toBeGreaterThan(60);
    const grey = at(100, 51);
    expect(Math.max(...grey) - Math.min(...grey)).toBeLessThan(16);
    // Above the diagonal is the void.
    expect(at(50, 100)).toEqual([243, 244, 246]);
  });
});
