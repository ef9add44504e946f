// SentencePiece's precompiled normalization: a double-array trie from byte strings to places in a pool of replacements.
// Layout: [u32 size of the trie in bytes][trie: u32 units][pool: UTF-8, each replacement ended by a zero byte].
import { invalid } from './invalid.ts';
import { type Piece, rewriteByChanges } from './piece.ts';

const MAX_BYTES = 16 << 20;
const encoder = new TextEncoder();
/** Upstream looks up whole grapheme clusters only while they are shorter than this, in bytes. */
const LONGEST_CLUSTER = 6;

export class PrecompiledMap {
  private readonly units: Uint32Array;
  private readonly pool: Uint8Array;
  private readonly found = new Map<string, string | null>();

  private constructor(units: Uint32Array, pool: Uint8Array) {
    this.units = units;
    this.pool = pool;
  }

  /** From base64. Throws TOKENIZER_INVALID. */
  static parse(base64: string): PrecompiledMap {
    if (base64.length > MAX_BYTES * 1.4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw invalid('its precompiled_charsmap is not base64');
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    const size = bytes.length >= 4 ? new DataView(bytes.buffer).getUint32(0, true) : -1;
    if (size < 0 || size % 4 !== 0 || 4 + size > bytes.length) throw invalid('its precompiled_charsmap ends too early');
    const view = new DataView(bytes.buffer, 4, size);
    const units = Uint32Array.from({ length: size / 4 }, (_, index) => view.getUint32(4 * index, true));
    return new PrecompiledMap(units, bytes.subarray(4 + size));
  }

  apply(piece: Piece): Piece {
    const characters: string[] = [];
    const changes: number[] = [];
    let modified = false;
    const replace = (old: string, replacement: string) => {
      modified = true;
      const added = Array.from(replacement);
      for (const character of added) {
        characters.push(character);
        changes.push(0);
      }
      const more = added.length - Array.from(old).length;
      // Longer: the last ones are insertions, even where they belong to what came before. Shorter: the last one swallows the rest.
      if (more > 0) changes.fill(1, changes.length - more);
      else if (more < 0 && changes.length > 0) changes[changes.length - 1] = (changes[changes.length - 1] ?? 0) + more;
    };
    for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(piece.text)) {
      const whole = encoder.encode(segment).length < LONGEST_CLUSTER ? this.lookUp(segment) : null;
      if (whole !== null) {
        replace(segment, whole);
        continue;
      }
      for (const character of segment) {
        const single = this.lookUp(character);
        if (single !== null) replace(character, single);
        else {
          characters.push(character);
          changes.push(0);
        }
      }
    }
    return modified ? rewriteByChanges(piece, characters, changes) : piece;
  }

  /** The replacement of the shortest prefix that has one, as upstream looks it up; null for none. */
  private lookUp(text: string): string | null {
    const known = this.found.get(text);
    if (known !== undefined) return known;
    const place = this.firstPrefix(encoder.encode(text));
    const end = place < 0 ? -1 : this.pool.indexOf(0, place);
    const replacement =
      place < 0 || place >= this.pool.length ? null : new TextDecoder().decode(this.pool.subarray(place, end < 0 ? undefined : end));
    this.found.set(text, replacement);
    return replacement;
  }

  /** The unit at `index`: bits 0-7 and 31 its label, bit 8 whether it has a value, 9 and 10-30 where its children are. */
  private firstPrefix(bytes: Uint8Array): number {
    const children = (unit: number) => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    let index = children(this.units[0] ?? 0);
    for (const byte of bytes) {
      if (byte === 0) return -1;
      index ^= byte;
      const unit = this.units[index];
      if (unit === undefined || (unit & ((1 << 31) | 0xff)) !== byte) return -1;
      index ^= children(unit);
      if ((unit >>> 8) & 1) return (this.units[index] ?? 0) & 0x7fffffff;
    }
    return -1;
  }
}
