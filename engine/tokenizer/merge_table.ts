// The merges of a BPE: which two tokens may become one, and in what order.
import type { JsonValue } from '../checkpoint/strict_json.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { invalid } from './invalid.ts';
import { TokenIndex } from './token_index.ts';

export class MergeTable {
  /** What each rank makes. */
  private readonly products: Int32Array;
  /** Pairs of ids -> rank, by open addressing: (left, right, rank) in three places, rank -1 where there is none. */
  private readonly slots: Int32Array;
  private readonly mask: number;

  /** "a b" or ["a", "b"], in order of rank, lower goes first; `prefix` starts every token inside a word and is dropped when two join. */
  constructor(merges: readonly JsonValue[], ids: ReadonlyMap<string, number>, prefix: string) {
    const size = 2 ** Math.ceil(Math.log2(2 * merges.length + 2));
    this.slots = new Int32Array(3 * size).fill(-1);
    this.mask = size - 1;
    const products = new Int32Array(merges.length);
    const index = new TokenIndex(ids);
    let rank = 0;
    for (const merge of merges) {
      let left = -1;
      let right = -1;
      if (typeof merge === 'string') {
        if (merge.startsWith('#version')) continue;
        const cut = merge.indexOf(' ');
        if (cut < 0 || merge.indexOf(' ', cut + 1) >= 0) throw notAPair(rank);
        left = index.find(merge, 0, cut);
        right = index.find(merge, cut + 1, merge.length);
      } else {
        const [first, second] = Array.isArray(merge) && merge.length === 2 ? merge : [];
        if (typeof first !== 'string' || typeof second !== 'string') throw notAPair(rank);
        left = index.find(first, 0, first.length);
        right = index.find(second, 0, second.length);
      }
      const joined = prefix === '' && left >= 0 && right >= 0 ? index.findJoined(left, right) : -1;
      products[rank] = joined >= 0 ? index.idAt(joined) : joinedByText(merge, ids, prefix, rank);
      this.put(index.idAt(left), index.idAt(right), rank);
      rank++;
    }
    this.products = products.subarray(0, rank);
  }

  /** The rank of a pair, or -1. */
  rank(left: number, right: number): number {
    const { slots, mask } = this;
    for (let slot = slotOf(left, right, mask); ; slot = (slot + 1) & mask) {
      const rank = slots[3 * slot + 2] ?? -1;
      if (rank < 0 || (slots[3 * slot] === left && slots[3 * slot + 1] === right)) return rank;
    }
  }

  product(rank: number): number {
    return this.products[rank] ?? 0;
  }

  get results(): Int32Array {
    return this.products;
  }

  /** A pair that is given twice has its later rank. */
  private put(left: number, right: number, rank: number): void {
    const { slots, mask } = this;
    let slot = slotOf(left, right, mask);
    while ((slots[3 * slot + 2] ?? -1) >= 0 && !(slots[3 * slot] === left && slots[3 * slot + 1] === right)) slot = (slot + 1) & mask;
    slots[3 * slot] = left;
    slots[3 * slot + 1] = right;
    slots[3 * slot + 2] = rank;
  }
}

function slotOf(left: number, right: number, mask: number): number {
  const mixed = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & mask;
}

/** For prefixes, which are rare; and to say which token is missing. */
function joinedByText(merge: JsonValue, ids: ReadonlyMap<string, number>, prefix: string, rank: number): number {
  const [left = '', right = ''] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge.map(String) : [];
  let last = -1;
  for (const token of [left, right, left + right.slice(prefix.length)]) {
    last = ids.get(token) ?? -1;
    if (last < 0) throw invalid(`merge ${rank} names "${printable(token)}", which is not in the vocabulary`);
  }
  return last;
}

function notAPair(rank: number): Error {
  return invalid(`merge ${rank} is not a pair of tokens`);
}
