import { describe, expect, test } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Rect } from '../../engine/protocol/records.ts';
import type { TileAddress } from './pyramid.ts';
import type { Tile } from './tile.ts';
import type { TilePlace, TileSource } from './tile_source.ts';
import { type Clock, TileStore } from './tile_store.ts';

const TOKENS = 8192;
const HEAD: TilePlace = { runId: 'r', layer: 0, head: 0 };

class FakeClock implements Clock {
  time = 0;
  timers: { at: number; run: () => void }[] = [];
  now() {
    return this.time;
  }
  after(ms: number, run: () => void) {
    const timer = { at: this.time + ms, run };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }
  advance(ms: number) {
    this.time += ms;
    const due = this.timers.filter((timer) => timer.at <= this.time);
    this.timers = this.timers.filter((timer) => timer.at > this.time);
    for (const timer of due) timer.run();
  }
}

interface Asked {
  name: string;
  signal: AbortSignal;
  answer: () => Promise<void>;
  fail: (error: Error) => Promise<void>;
}

/** An engine that answers when the test says so. */
class SlowEngine implements TileSource {
  asked: Asked[] = [];
  #ask(name: string, rect: Rect, signal: AbortSignal): Promise<Tile> {
    return new Promise((resolve, reject) => {
      const flush = async () => {
        for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      };
      signal.addEventListener('abort', () => reject(new HeadscopeError('CANCELLED', 'cancelled')));
      this.asked.push({
        name,
        signal,
        answer: async () => {
          resolve({
            rect,
            rows: 256,
            columns: 256,
            codes: new Uint8Array(2 * 65536),
            scale: { max: { low: -24, high: 0 }, sum: { low: -24, high: 0 } },
          });
          await flush();
        },
        fail: async (error) => {
          reject(error);
          await flush();
        },
      });
    });
  }
  tile(_place: TilePlace, rect: Rect, _key: number, signal: AbortSignal) {
    return this.#ask(rect.join(','), rect, signal);
  }
  overview(_place: TilePlace, tokens: number, signal: AbortSignal) {
    return this.#ask('overview', [0, tokens, 0, tokens], signal);
  }
  get names() {
    return this.asked.map(({ name }) => name);
  }
}

const NEXT = { ...HEAD, head: HEAD.head + 1 };

const at = (level: number, y: number, x: number): TileAddress => ({ level, y, x });
const nameOf = ({ level, y, x }: TileAddress) => [y, y + 1, x, x + 1].map((edge) => edge * 256 * 2 ** level).join(',');

function started(options = {}) {
  const clock = new FakeClock();
  const engine = new SlowEngine();
  const store = new TileStore({ clock, ...options });
  store.setSource(engine);
  return { clock, engine, store };
}

describe('TileStore', () => {
  test('asks for the overview first, then in the order of the wish, a few at a time', async () => {
    const { engine, store } = started({ mostRequests: 2 });
    const tiles = [at(0, 4, 2), at(0, 4, 3), at(0, 5, 2)];
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles }]);
    expect(engine.names).toEqual(['overview', nameOf(tiles[0]!)]);
    await engine.asked[0]!.answer();
    expect(engine.names.slice(2)).toEqual([nameOf(tiles[1]!)]);
    await engine.asked[1]!.answer();
    await engine.asked[2]!.answer();
    await engine.asked[3]!.answer();
    expect(store.state()).toEqual({ ready: 4, wanted: 4, error: null });
    expect(store.idle).toBe(true);
  });

  test('a newer view cancels what it does not need and keeps what it does', async () => {
    const { engine, store } = started({ mostRequests: 3 });
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2), at(0, 4, 3)] }]);
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 3), at(0, 9, 3)] }]);
    const [overview, gone, kept, fresh] = engine.asked;
    expect(overview?.signal.aborted).toBe(false);
    expect(gone?.signal.aborted).toBe(true);
    expect(kept?.signal.aborted).toBe(false);
    expect(fresh?.name).toBe(nameOf(at(0, 9, 3)));
    await Promise.resolve();
    expect(store.state().error).toBeNull();
  });

  test('two views share a request, and one going away does not cancel the other', () => {
    const { engine, store } = started();
    store.want('a', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    store.want('b', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    expect(engine.names).toEqual(['overview', nameOf(at(0, 4, 2))]);
    store.want('a', []);
    expect(engine.asked.every(({ signal }) => !signal.aborted)).toBe(true);
    store.want('b', []);
    expect(engine.asked.every(({ signal }) => signal.aborted)).toBe(true);
  });

  test('the nearest ancestor stands in until the tile itself is there', async () => {
    const { engine, store } = started();
    const wanted = at(1, 5, 2);
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [wanted] }]);
    expect(store.nearest(HEAD, wanted, TOKENS)).toBeUndefined();
    await engine.asked[0]!.answer();
    expect(store.nearest(HEAD, wanted, TOKENS)?.address).toEqual(at(5, 0, 0));
    await engine.asked[1]!.answer();
    expect(store.nearest(HEAD, wanted, TOKENS)?.address).toEqual(wanted);
    expect(store.nearest(HEAD, at(0, 10, 5), TOKENS)?.address).toEqual(wanted);
    expect(store.nearest({ ...HEAD, head: 1 }, wanted, TOKENS)).toBeUndefined();
  });

  test('forgets the longest unused tiles beyond its bytes, and asks for them again when they are wanted', async () => {
    const tileBytes = 2 * 65536;
    const { engine, store } = started({ limitBytes: 2 * tileBytes });
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    await engine.asked[0]!.answer();
    await engine.asked[1]!.answer();
    expect(store.bytes).toBe(2 * tileBytes);
    store.tile(HEAD, at(5, 0, 0));
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 6, 2)] }]);
    await engine.asked[2]!.answer();
    expect(store.bytes).toBe(2 * tileBytes);
    expect(store.tile(HEAD, at(5, 0, 0))).toBeDefined();
    expect(store.tile(HEAD, at(0, 4, 2))).toBeUndefined();
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    expect(engine.names.at(-1)).toBe(nameOf(at(0, 4, 2)));
  });

  test('a refused tile is asked again later and later, says why, and does not hold up the others', async () => {
    const { clock, engine, store } = started({ mostRequests: 2 });
    const refused = at(0, 4, 2);
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [refused, at(0, 4, 3)] }]);
    await engine.asked[0]!.answer();
    await engine.asked[1]!.fail(new HeadscopeError('OUT_OF_MEMORY', 'no room'));
    await engine.asked[2]!.answer();
    expect(store.state()).toEqual({ ready: 2, wanted: 3, error: { code: 'OUT_OF_MEMORY', message: 'no room' } });
    expect(engine.asked).toHaveLength(3);
    clock.advance(499);
    expect(engine.asked).toHaveLength(3);
    clock.advance(1);
    expect(engine.names.at(-1)).toBe(nameOf(refused));
    for (const wait of [1000, 2000, 4000, 8000, 16000]) {
      const before = engine.asked.at(-1)!;
      await before.fail(new HeadscopeError('OUT_OF_MEMORY', 'no room'));
      clock.advance(wait);
    }
    expect(engine.asked.filter(({ name }) => name === nameOf(refused))).toHaveLength(4);
    store.retry();
    await engine.asked.at(-1)!.answer();
    expect(store.state()).toEqual({ ready: 3, wanted: 3, error: null });
  });

  test('without an engine nothing is asked and what is kept stays; a new engine is asked for the rest', async () => {
    const { engine, store } = started();
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    await engine.asked[0]!.answer();
    store.setSource(null);
    expect(engine.asked[1]!.signal.aborted).toBe(true);
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2), at(0, 4, 3)] }]);
    expect(store.nearest(HEAD, at(0, 4, 2), TOKENS)?.address).toEqual(at(5, 0, 0));
    const again = new SlowEngine();
    store.setSource(again);
    expect(again.names).toEqual([nameOf(at(0, 4, 2)), nameOf(at(0, 4, 3))]);
    expect(store.state().error).toBeNull();
  });

  test('tiles for later wait until every wanted one is under way', async () => {
    const { engine, store } = started({ mostRequests: 2 });
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)], later: [at(0, 7, 2)] }]);
    expect(engine.names).toEqual(['overview', nameOf(at(0, 4, 2))]);
    await engine.asked[0]!.answer();
    expect(engine.names.at(-1)).toBe(nameOf(at(0, 7, 2)));
    expect(store.state().wanted).toBe(2);
  });

  test('listeners hear of every arrival, and the version grows', async () => {
    const { engine, store } = started();
    const heard: number[] = [];
    const stop = store.subscribe(() => heard.push(store.version));
    store.want('main', [{ place: HEAD, tokens: TOKENS, tiles: [at(0, 4, 2)] }]);
    await engine.asked[0]!.answer();
    await engine.asked[1]!.answer();
    expect(heard).toHaveLength(2);
    expect(heard[1]).toBeGreaterThan(heard[0]!);
    stop();
    store.setSource(null);
    expect(heard).toHaveLength(2);
  });

  test('fetches what other heads are worth ahead, last, and drops the request once the view has gone elsewhere', async () => {
    const { clock, engine, store } = started({ mostRequests: 1 });
    const top = at(5, 0, 0);
    const tile = at(0, 4, 2);
    store.want('main', [
      { place: HEAD, tokens: TOKENS, tiles: [tile] },
      { place: NEXT, tokens: TOKENS, tiles: [], later: [top] },
    ]);
    expect(store.overviewMs).toBeNull();
    clock.advance(7);
    await engine.asked[0]!.answer();
    expect(store.overviewMs).toBe(7);
    await engine.asked[1]!.answer();
    expect(engine.names).toEqual(['overview', nameOf(tile), 'overview']);
    expect(store.state()).toEqual({ ready: 2, wanted: 2, error: null });
    // The head ahead is shown: its request goes on. Another one is: it is withdrawn.
    store.want('main', [{ place: NEXT, tokens: TOKENS, tiles: [tile] }]);
    expect(engine.asked[2]!.signal.aborted).toBe(false);
    store.want('main', [{ place: { ...HEAD, head: HEAD.head + 9 }, tokens: TOKENS, tiles: [tile] }]);
    expect(engine.asked[2]!.signal.aborted).toBe(true);
  });
});
