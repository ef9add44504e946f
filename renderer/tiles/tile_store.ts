// Tiles that are wanted, under way and kept, outside React. A view says what it wants; the newest wish replaces the one before it:
// requests that it no longer needs are cancelled, the others go out a few at a time, the top of the pyramid first, then from the
// middle of the picture outwards. What is kept is forgotten by bytes, longest unused first.
import { codedError } from '../../engine/protocol/envelope.ts';
import { ByteLru } from './byte_lru.ts';
import { parentOf, type TileAddress, tileKey, tileRect, topLevel } from './pyramid.ts';
import type { Tile } from './tile.ts';
import { placeKey, type TilePlace, type TileSource } from './tile_source.ts';

export interface Clock {
  now(): number;
  /** Returns a function that takes the timer back. */
  after(ms: number, run: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** One picture's wish: tiles of one head, the most urgent first. */
export interface Wish {
  place: TilePlace;
  tokens: number;
  tiles: readonly TileAddress[];
  /** Tiles worth having once all the others are there. */
  later?: readonly TileAddress[];
}

export interface StoreState {
  /** Tiles of the newest wishes (not the later ones): kept, and all. */
  ready: number;
  wanted: number;
  /** The newest failure among wanted tiles; null once they are all right. */
  error: { code: string; message: string } | null;
}

export interface TileStoreOptions {
  limitBytes?: number;
  /** Requests under way at once: enough to keep the engine busy, few enough that a new view is served soon. */
  mostRequests?: number;
  clock?: Clock;
}

interface Request {
  abort: AbortController;
  place: string;
}

interface Failure {
  times: number;
  /** When it may be asked again. */
  again: number;
  error: { code: string; message: string };
}

interface Item {
  id: string;
  place: TilePlace;
  tokens: number;
  address: TileAddress;
}

export const CPU_TILE_BYTES = 128 << 20;
const MOST_REQUESTS = 4;
const FIRST_RETRY_MS = 500;
const MOST_FAILURES = 4;

export class TileStore {
  readonly #kept: ByteLru<Tile>;
  readonly #mostRequests: number;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, Request>();
  readonly #failed = new Map<string, Failure>();
  readonly #wishes = new Map<string, readonly Wish[]>();
  readonly #listeners = new Set<() => void>();
  #source: TileSource | null = null;
  #version = 0;
  #nextKey = 1;
  #takeBackRetry: (() => void) | undefined;
  #overviewMs: number | null = null;

  constructor({ limitBytes = CPU_TILE_BYTES, mostRequests = MOST_REQUESTS, clock = realClock }: TileStoreOptions = {}) {
    this.#kept = new ByteLru(limitBytes);
    this.#mostRequests = mostRequests;
    this.#clock = clock;
  }

  /** Grows with every tile that arrives and with every change of the state. */
  get version(): number {
    return this.#version;
  }
  get bytes(): number {
    return this.#kept.bytes;
  }

  /** What the newest overview took, from the request to the tile; null before the first. */
  get overviewMs(): number | null {
    return this.#overviewMs;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** null while the engine is away: what is kept stays, nothing is asked. */
  setSource(source: TileSource | null): void {
    if (this.#source === source) return;
    for (const request of this.#underWay.values()) request.abort.abort();
    this.#underWay.clear();
    this.#failed.clear();
    this.#overviewMs = null;
    this.#source = source;
    this.#changed();
    this.#pump();
  }

  /** Replaces what `view` (a panel's name) wanted before. */
  want(view: string, wishes: readonly Wish[]): void {
    if (wishes.length === 0) this.#wishes.delete(view);
    else this.#wishes.set(view, wishes);
    this.#pump();
  }

  tile(place: TilePlace, address: TileAddress): Tile | undefined {
    return this.#kept.get(idOf(place, address));
  }

  /** The tile, or the nearest one above it that is kept. */
  nearest(place: TilePlace, address: TileAddress, tokens: number): { tile: Tile; address: TileAddress } | undefined {
    const top = topLevel(tokens);
    for (let at = address; at.level <= top; at = parentOf(at)) {
      const tile = this.#kept.get(idOf(place, at));
      if (tile) return { tile, address: at };
    }
    return undefined;
  }

  state(): StoreState {
    let ready = 0;
    let wanted = 0;
    let error: StoreState['error'] = null;
    for (const { id } of this.#items(false)) {
      wanted += 1;
      if (this.#kept.has(id)) ready += 1;
      else error ??= this.#failed.get(id)?.error ?? null;
    }
    return { ready, wanted, error };
  }

  /** Nothing under way and nothing that could be asked. */
  get idle(): boolean {
    return this.#underWay.size === 0;
  }

  /** Asks again for what failed too often. */
  retry(): void {
    this.#failed.clear();
    this.#pump();
  }

  /** Every view's top tile (of whole heads: it comes with the prefill, what a pattern drops has to be counted), then every view's tiles in turn, then what is for later. */
  #items(withLater: boolean): Item[] {
    const items: Item[] = [];
    const seen = new Set<string>();
    const add = ({ place, tokens }: Wish, address: TileAddress) => {
      const id = idOf(place, address);
      if (seen.has(id)) return;
      seen.add(id);
      items.push({ id, place, tokens, address });
    };
    const wishes = [...this.#wishes.values()].flat();
    for (const wish of wishes) if (wish.tiles.length > 0 && !wish.place.droppedBy) add(wish, topOf(wish.tokens));
    const longest = Math.max(0, ...wishes.map((wish) => wish.tiles.length));
    for (let at = 0; at < longest; at += 1) {
      for (const wish of wishes) {
        const address = wish.tiles[at];
        if (address) add(wish, address);
      }
    }
    if (withLater) for (const wish of wishes) for (const address of wish.later ?? []) add(wish, address);
    return items;
  }

  #pump(): void {
    const items = this.#items(true);
    const wanted = new Set(items.map((item) => item.id));
    for (const [id, request] of this.#underWay) {
      if (wanted.has(id)) continue;
      this.#underWay.delete(id);
      request.abort.abort();
    }
    if (!this.#source) return;
    const now = this.#clock.now();
    let soonest = Infinity;
    for (const item of items) {
      if (this.#underWay.size >= this.#mostRequests) break;
      if (this.#kept.has(item.id) || this.#underWay.has(item.id)) continue;
      const failure = this.#failed.get(item.id);
      if (failure && failure.times >= MOST_FAILURES) continue;
      if (failure && failure.again > now) {
        soonest = Math.min(soonest, failure.again);
        continue;
      }
      this.#ask(this.#source, item);
    }
    this.#takeBackRetry?.();
    this.#takeBackRetry = soonest === Infinity ? undefined : this.#clock.after(soonest - now, () => this.#pump());
  }

  #ask(source: TileSource, { id, place, tokens, address }: Item): void {
    const request: Request = { abort: new AbortController(), place: placeKey(place) };
    this.#underWay.set(id, request);
    const { signal } = request.abort;
    const isTop = address.level === topLevel(tokens) && address.level > 0 && !place.droppedBy;
    const asked = isTop ? source.overview(place, tokens, signal) : source.tile(place, tileRect(address, tokens), this.#newKey(), signal);
    const begin = this.#clock.now();
    asked.then(
      (tile) => {
        if (isTop) this.#overviewMs = this.#clock.now() - begin;
        // A tile that arrives after all, though no longer wanted, is as good as any.
        this.#kept.set(id, tile, tile.codes.byteLength);
        this.#failed.delete(id);
        this.#settled(id, request);
      },
      (thrown) => {
        if (this.#underWay.get(id) === request) {
          const { code, message } = codedError(thrown);
          const times = (this.#failed.get(id)?.times ?? 0) + 1;
          if (code !== 'CANCELLED')
            this.#failed.set(id, { times, again: this.#clock.now() + FIRST_RETRY_MS * 2 ** (times - 1), error: { code, message } });
        }
        this.#settled(id, request);
      },
    );
  }

  #settled(id: string, request: Request): void {
    if (this.#underWay.get(id) === request) this.#underWay.delete(id);
    this.#changed();
    this.#pump();
  }

  #newKey(): number {
    const key = this.#nextKey;
    this.#nextKey = key === 0xffffffff ? 1 : key + 1;
    return key;
  }

  #changed(): void {
    this.#version += 1;
    for (const listener of [...this.#listeners]) listener();
  }
}

const topOf = (tokens: number): TileAddress => ({ level: topLevel(tokens), y: 0, x: 0 });
const idOf = (place: TilePlace, address: TileAddress): string => `${placeKey(place)} ${tileKey(address)}`;
