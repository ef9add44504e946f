// The attention of a head that never was: sinks, a local band, some columns and slashes, placed by a hash of layer and head. Every cell
// is a formula of its place, so that any tile of any length is there in a millisecond and is the same in every run.
import type { Rect } from '../../engine/protocol/records.ts';

/** A whole number below 2^32 that looks random and depends on all of `words`. */
export function hashed(...words: number[]): number {
  let state = 0x9e3779b9;
  for (const word of words) {
    state = Math.imul(state ^ word, 0x85ebca6b);
    state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35) ^ (state >>> 16);
  }
  return state >>> 0;
}
const fraction = (...words: number[]): number => hashed(...words) / 2 ** 32;

interface Line {
  at: number;
  strength: number;
}

const SINKS = 4;
const SINK_MASS = 0.3;
const LOCAL_MASS = 0.2;
const BACKGROUND = 2 ** -15;

export class SyntheticHead {
  readonly #rows: number;
  readonly #seed: number;
  /** Tokens over which the local band falls to a third. */
  readonly #reach: number;
  readonly #columns: readonly Line[];
  readonly #slashes: readonly Line[];

  constructor(layer: number, head: number, rows: number) {
    this.#rows = rows;
    this.#seed = hashed(layer, head);
    this.#reach = 16 * 2 ** (6 * fraction(this.#seed, 1));
    const lines = (family: number, count: number): Line[] =>
      Array.from({ length: count }, (_, index) => ({
        at: Math.floor(rows * fraction(this.#seed, family, index) ** 2),
        strength: 0.15 * 2 ** (-8 * fraction(this.#seed, family, index, 7)),
      }));
    this.#columns = lines(2, 24);
    this.#slashes = lines(3, 12);
  }

  /** Largest attention of every cell of a rectangle, row-major; 0 above the diagonal. Cell c of n covers [floor(c L / n), floor((c + 1) L / n)). */
  largest([q0, q1, k0, k1]: Rect, width: number, height: number): Float32Array {
    const cells = new Float32Array(width * height);
    const high = (q1 - q0) / height;
    const wide = (k1 - k0) / width;
    const column = new Float32Array(width);
    for (const { at, strength } of this.#columns) raise(column, Math.floor((at - k0) / wide), strength);
    for (let sink = 0; sink < SINKS; sink += 1) raise(column, Math.floor((sink - k0) / wide), SINK_MASS);
    for (let y = 0; y < height; y += 1) {
      const q = q0 + (y + 1) * high - 1;
      const slash = new Float32Array(width);
      for (const { at, strength } of this.#slashes) raise(slash, Math.floor((q - at - k0) / wide), strength);
      for (let x = 0; x < width; x += 1) {
        const k = k0 + x * wide;
        if (k > q) break;
        const near = LOCAL_MASS * Math.exp(-Math.max(0, q - k - wide) / this.#reach);
        const noise = BACKGROUND * (1 + 3 * fraction(this.#seed, Math.floor(q / high), Math.floor(k / wide)));
        cells[y * width + x] = Math.max(column[x] ?? 0, slash[x] ?? 0, near, noise);
      }
    }
    return cells;
  }

  /** The sum of every cell, as if a line of tokens held its largest value: of the right size, not the sum of anything. */
  sums(largest: Float32Array, [q0, q1]: Rect, height: number): Float32Array {
    const rows = (q1 - q0) / height;
    return largest.map((value) => value * rows);
  }

  /** In which order budgets take columns (family 2) or distances (family 3): the lines first, then the positions in turn. */
  ranks(family: 2 | 3): Int32Array {
    const first = family === 2 ? this.#columns : this.#slashes;
    const ranks = new Int32Array(this.#rows).fill(-1);
    let next = 0;
    const take = (at: number) => {
      if (ranks[at] === -1) ranks[at] = next++;
    };
    for (let at = 0; at < Math.min(100, this.#rows); at += 1) take(at);
    for (const { at } of first) take(at);
    // A step that shares no factor with the length reaches every position once.
    const step = 2 * (hashed(this.#seed, family) % 4096) + 1;
    for (let at = 0, turn = 0; turn < this.#rows; turn += 1, at = (at + step) % this.#rows) take(at);
    for (let at = 0; at < this.#rows; at += 1) take(at);
    return ranks;
  }
}

function raise(line: Float32Array, at: number, strength: number): void {
  if (at >= 0 && at < line.length && strength > (line[at] ?? 0)) line[at] = strength;
}
