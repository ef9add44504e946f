// The merges of a BPE: which two tokens may become one, and in what order.
import type { JsonValue } from '../checkpoint/strict_json.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { invalid } from './invalid.ts';

const ID_LIMIT = 2 ** 24;

export class MergeTable {
  /** Pair of ids -> rank; lower goes first. */
  private readonly ranks = new Map<number, number>();
  private readonly products: Int32Array;

  /** "a b" or ["a", "b"], in order of rank; `prefix` starts every token inside a word and is dropped when two join. */
  constructor(merges: readonly JsonValue[], ids: ReadonlyMap<string, number>, prefix: string) {
    const listed = merges.filter((merge) => !(typeof merge === 'string' && merge.startsWith('#version')));
    this.products = new Int32Array(listed.length);
    const idOf = (token: string, rank: number): number => {
      const id = ids.get(token);
      if (id === undefined) throw invalid(`merge ${rank} names "${printable(token)}", which is not in the vocabulary`);
      return id;
    };
    listed.forEach((merge, rank) => {
      const [left, right] = partsOf(merge, rank);
      const key = idOf(left, rank) * ID_LIMIT + idOf(right, rank);
      this.products[rank] = idOf(left + right.slice(prefix.length), rank);
      this.ranks.set(key, rank);
    });
  }

  /** The rank of a pair, or -1. */
  rank(left: number, right: number): number {
    return this.ranks.get(left * ID_LIMIT + right) ?? -1;
  }

  product(rank: number): number {
    return this.products[rank] ?? 0;
  }

  get results(): Int32Array {
    return this.products;
  }
}

function partsOf(merge: JsonValue, rank: number): [string, string] {
  const parts = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
  const [left, right] = parts;
  if (parts.length !== 2 || typeof left !== 'string' || typeof right !== 'string') throw invalid(`merge ${rank} is not a pair of tokens`);
  return [left, right];
}
