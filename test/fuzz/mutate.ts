// Damaged copies of good and hostile files: bytes changed, doubled, cut and mixed with those of others, and pieces that readers trip over.
import { seededRandom } from '../../engine/checkpoint/tiny_checkpoint.ts';

const PIECES = [
  ...[
    'null',
    'true',
    '-1',
    '0',
    '1e400',
    '-0',
    '1.5',
    '4294967296',
    '9007199254740993',
    '""',
    '"x"',
    '[]',
    '{}',
    '[[[[',
    '{"a":',
    '"__proto__"',
    'NaN',
  ],
  ...['"type"', '"rope_type":"dynamic"', '"shape":[', '../', '\u0000', '\\u0000', '\\ud800', '\u2028', ',', ':', '}', ']', '"'],
].map((piece) => new TextEncoder().encode(piece));

export class Mutator {
  readonly #random: () => number;
  readonly #seeds: readonly Uint8Array[];

  constructor(seeds: readonly Uint8Array[], seed: number) {
    this.#random = seededRandom(seed);
    this.#seeds = seeds;
  }

  /** One to four edits of one of the seeds. */
  next(): Uint8Array {
    let bytes = this.#pick(this.#seeds);
    for (let edit = 0; edit <= this.#random() * 3; edit++) bytes = this.#edited(bytes);
    return bytes;
  }

  #pick<T>(list: readonly T[]): T {
    const found = list[this.#below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #edited(bytes: Uint8Array): Uint8Array {
    const at = this.#below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + this.#below(this.#random() < 0.7 ? 6 : 200));
    const around = (middle: Uint8Array) => joined(bytes.subarray(0, at), middle, bytes.subarray(end));
    switch (this.#below(6)) {
      case 0:
        return around(Uint8Array.from(bytes.subarray(at, end), (byte) => byte ^ (1 << this.#below(8))));
      case 1:
        return around(new Uint8Array(0));
      case 2:
        return around(this.#pick(PIECES));
      case 3:
        return around(joined(bytes.subarray(at, end), bytes.subarray(at, end)));
      case 4: {
        const other = this.#pick(this.#seeds);
        const from = this.#below(other.length);
        return around(other.subarray(from, from + this.#below(80)));
      }
      default: {
        // A number of the text becomes another one.
        const text = new TextDecoder('latin1').decode(bytes);
        const numbers = [...text.matchAll(/-?\d+(\.\d+)?/g)];
        if (numbers.length === 0) return around(this.#pick(PIECES));
        const { 0: old, index } = this.#pick(numbers);
        const made = new TextEncoder().encode(String(this.#pick([0, 1, -1, 2, 7, 8, 255, 65536, 2 ** 31, 2 ** 53, 1e308, 0.5])));
        return joined(bytes.subarray(0, index), made, bytes.subarray(index + old.length));
      }
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
