import { describe, expect, it } from 'vitest';
import type { NativeLayer } from '../native/addon.ts';
import { CancelSource, throwIfCancelled } from '../protocol/cancel.ts';
import { LayerCache } from './layer_cache.ts';
import type { Turn } from './native_queue.ts';

const SHAPE = { heads: 2, kvHeads: 1, headDim: 8, rows: 16 };
const BYTES = SHAPE.rows * SHAPE.headDim * (SHAPE.heads + 2 * SHAPE.kvHeads) * 4;
const turn = (signal?: Turn['signal']): Turn => ({ urgency: 'figures', signal });

/** Loads when told to, and notes what is loaded and closed. */
class Layers {
  readonly loaded: number[] = [];
  readonly closed: number[] = [];
  #gates: (() => void)[] = [];
  gated = false;

  readonly load = async (layer: number, _threads: number, { signal }: Turn): Promise<NativeLayer> => {
    this.loaded.push(layer);
    if (this.gated) await new Promise<void>((open) => this.#gates.push(open));
    throwIfCancelled(signal);
    const unused = (): never => {
      throw new RangeError('not asked here');
    };
    return {
      ...SHAPE,
      close: () => void this.closed.push(layer),
      copy: unused,
      lse: unused,
      index: unused,
      evaluate: unused,
      measure: unused,
      surface: unused,
      ranks: unused,
      tile: unused,
      planes: unused,
      strongest: unused,
      maskTile: unused,
      profiles: unused,
      overview: unused,
    };
  };
  open(): void {
    for (const gate of this.#gates.splice(0)) gate();
  }
}

describe('the layers of a run', () => {
  it('are loaded once and dropped by age', async () => {
    const layers = new Layers();
    const cache = new LayerCache(layers.load, 3 * BYTES);
    for (const layer of [0, 1, 2, 0, 3]) (await cache.borrow(layer, 1, turn())).giveBack();
    expect(layers.loaded).toEqual([0, 1, 2, 3]);
    expect(layers.closed).toEqual([1]);
    cache.close();
    expect([...layers.closed].sort()).toEqual([0, 1, 2, 3]);
  });

  it('stay while a task has them, whatever they weigh', async () => {
    const layers = new Layers();
    const cache = new LayerCache(layers.load, 0);
    const search = await cache.borrow(5, 1, turn());
    for (const layer of [0, 1, 2]) (await cache.borrow(layer, 1, turn())).giveBack();
    expect(layers.closed).not.toContain(5);
    expect(search.native.rows).toBe(SHAPE.rows);
    search.giveBack();
    search.giveBack();
    (await cache.borrow(3, 1, turn())).giveBack();
    (await cache.borrow(4, 1, turn())).giveBack();
    expect(layers.closed).toContain(5);
  });

  it('are loaded once for two tasks at the same time', async () => {
    const layers = new Layers();
    layers.gated = true;
    const cache = new LayerCache(layers.load);
    const both = [cache.borrow(1, 1, turn()), cache.borrow(1, 1, turn())];
    layers.open();
    const [first, second] = await Promise.all(both);
    expect(first?.native).toBe(second?.native);
    expect(layers.loaded).toEqual([1]);
  });

  it('are loaded again where the task that loaded them was cancelled', async () => {
    const layers = new Layers();
    layers.gated = true;
    const cache = new LayerCache(layers.load);
    const source = new CancelSource();
    const cancelled = cache.borrow(1, 1, turn(source));
    const other = cache.borrow(1, 1, turn());
    const impatient = new CancelSource();
    const left = cache.borrow(1, 1, turn(impatient));
    impatient.abort();
    await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
    source.abort();
    layers.gated = false;
    layers.open();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await other).native.rows).toBe(SHAPE.rows);
    expect(layers.loaded).toEqual([1, 1]);
  });

  it('that arrive after the run was closed are closed too', async () => {
    const layers = new Layers();
    layers.gated = true;
    const cache = new LayerCache(layers.load);
    const late = cache.borrow(1, 1, turn());
    cache.close();
    layers.open();
    await expect(late).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(layers.closed).toEqual([1]);
  });
});
