// Byte-pair encoding of one word: a heap of the pairs that may merge, lowest rank first, leftmost of equal rank. O(n log n) in the symbols.
import type { MergeTable } from './merge_table.ts';

/** The symbols of a word, in places; merging leaves gaps of length 0. */
export class Symbols {
  readonly ids: Int32Array;
  /** In bytes. */
  readonly lengths: Int32Array;
  count = 0;

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.lengths = new Int32Array(capacity);
  }

  add(id: number, length: number): void {
    this.ids[this.count] = id;
    this.lengths[this.count] = length;
    this.count++;
  }
}

/** Few symbols: looking through all pairs for the lowest rank beats keeping a heap. */
const SHORT = 24;

export function mergeAll(symbols: Symbols, merges: MergeTable): void {
  if (symbols.count <= SHORT) mergeShort(symbols, merges);
  else mergeLong(symbols, merges);
}

function mergeShort(symbols: Symbols, merges: MergeTable): void {
  const { ids, lengths } = symbols;
  let count = symbols.count;
  const ranks = new Int32Array(count);
  const rankAt = (place: number) => merges.rank(ids[place] ?? 0, ids[place + 1] ?? 0);
  for (let place = 0; place + 1 < count; place++) ranks[place] = rankAt(place);
  while (count > 1) {
    let best = -1;
    let lowest = 0x7fffffff;
    for (let place = 0; place + 1 < count; place++) {
      const rank = ranks[place] ?? -1;
      if (rank >= 0 && rank < lowest) {
        best = place;
        lowest = rank;
      }
    }
    if (best < 0) break;
    ids[best] = merges.product(lowest);
    lengths[best] = (lengths[best] ?? 0) + (lengths[best + 1] ?? 0);
    ids.copyWithin(best + 1, best + 2, count);
    lengths.copyWithin(best + 1, best + 2, count);
    ranks.copyWithin(best + 1, best + 2, count);
    count--;
    if (best > 0) ranks[best - 1] = rankAt(best - 1);
    if (best + 1 < count) ranks[best] = rankAt(best);
  }
  symbols.count = count;
}

function mergeLong(symbols: Symbols, merges: MergeTable): void {
  const { ids, lengths, count } = symbols;
  const next = Int32Array.from({ length: count }, (_, place) => place + 1);
  const previous = Int32Array.from({ length: count }, (_, place) => place - 1);
  const gone = new Uint8Array(count);
  const queue = new PairQueue(count);
  const offer = (left: number, right: number) => {
    const rank = merges.rank(ids[left] ?? 0, ids[right] ?? 0);
    if (rank >= 0) queue.push(rank, left);
  };
  for (let place = 0; place + 1 < count; place++) offer(place, place + 1);
  for (;;) {
    const pair = queue.pop();
    if (pair === null) break;
    const { rank, place } = pair;
    const right = next[place] ?? count;
    if (gone[place] || right >= count) continue;
    // What stood here may have merged since: only the product decides.
    const now = merges.rank(ids[place] ?? 0, ids[right] ?? 0);
    if (now < 0 || merges.product(now) !== merges.product(rank)) continue;
    ids[place] = merges.product(rank);
    lengths[place] = (lengths[place] ?? 0) + (lengths[right] ?? 0);
    gone[right] = 1;
    const after = next[right] ?? count;
    next[place] = after;
    if (after < count) previous[after] = place;
    const before = previous[place] ?? -1;
    if (before >= 0) offer(before, place);
    if (after < count) offer(place, after);
  }
  let kept = 0;
  for (let place = 0; place < count; place = next[place] ?? count) {
    ids[kept] = ids[place] ?? 0;
    lengths[kept] = lengths[place] ?? 0;
    kept++;
  }
  symbols.count = kept;
}

/** A binary heap of (rank, place), both packed in one double: ranks below 2^22, places below 2^30. */
class PairQueue {
  private keys: Float64Array;
  private size = 0;

  constructor(capacity: number) {
    this.keys = new Float64Array(capacity + 16);
  }

  push(rank: number, place: number): void {
    if (this.size === this.keys.length) {
      const grown = new Float64Array(this.keys.length * 2);
      grown.set(this.keys);
      this.keys = grown;
    }
    const { keys } = this;
    const key = rank * PLACES + place;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = keys[parent] ?? 0;
      if (above <= key) break;
      keys[at] = above;
      at = parent;
    }
    keys[at] = key;
  }

  pop(): { rank: number; place: number } | null {
    if (this.size === 0) return null;
    const { keys } = this;
    const top = keys[0] ?? 0;
    const last = keys[--this.size] ?? 0;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && (keys[child + 1] ?? 0) < (keys[child] ?? 0)) child++;
      const below = keys[child] ?? 0;
      if (below >= last) break;
      keys[at] = below;
      at = child;
    }
    keys[at] = last;
    const rank = Math.floor(top / PLACES);
    return { rank, place: top - rank * PLACES };
  }
}

const PLACES = 2 ** 30;
