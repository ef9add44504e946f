// Texts of tokens -> their places in a table without an object per question: half a million merges ask for three tokens each, and a string of its own for every
// one of them took most of the time a large tokenizer needed to load.

/** Base of the polynomial hash, odd; hash(ab) = hash(a) BASE^|b| + hash(b), modulo 2^32. */
const BASE = 0x01000193;
/** Mixes a hash before its low bits are used. */
const MIX = 0x9e3779b1;

export class TokenIndex {
  /** UTF-16 units of all tokens, one after the other; token k is [begins[k], begins[k + 1]). */
  private readonly units: Uint16Array;
  private readonly begins: Int32Array;
  private readonly hashes: Int32Array;
  private readonly ids: Int32Array;
  /** Open addressing: places of tokens, -1 where there is none. */
  private readonly slots: Int32Array;
  private readonly mask: number;
  /** BASE to the power of each length a token has. */
  private readonly powers: Int32Array;

  constructor(tokens: ReadonlyMap<string, number>) {
    let length = 0;
    let longest = 0;
    for (const token of tokens.keys()) {
      length += token.length;
      longest = Math.max(longest, token.length);
    }
    this.units = new Uint16Array(length);
    this.begins = new Int32Array(tokens.size + 1);
    this.hashes = new Int32Array(tokens.size);
    this.ids = new Int32Array(tokens.size);
    this.powers = new Int32Array(longest + 1).fill(1);
    for (let power = 1; power <= longest; power++) this.powers[power] = Math.imul(this.powers[power - 1] ?? 1, BASE);
    const size = 2 ** Math.ceil(Math.log2(2 * tokens.size + 2));
    this.slots = new Int32Array(size).fill(-1);
    this.mask = size - 1;
    let place = 0;
    let at = 0;
    for (const [token, id] of tokens) {
      let hash = 0;
      for (let unit = 0; unit < token.length; unit++) {
        const code = token.charCodeAt(unit);
        this.units[at++] = code;
        hash = (Math.imul(hash, BASE) + code + 1) | 0;
      }
      this.begins[place + 1] = at;
      this.hashes[place] = hash;
      this.ids[place] = id;
      let slot = this.slotOf(hash);
      while ((this.slots[slot] ?? -1) >= 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = place++;
    }
  }

  idAt(place: number): number {
    return this.ids[place] ?? -1;
  }

  /** The place of text[begin, end), or -1. */
  find(text: string, begin: number, end: number): number {
    let hash = 0;
    for (let unit = begin; unit < end; unit++) hash = (Math.imul(hash, BASE) + text.charCodeAt(unit) + 1) | 0;
    for (let slot = this.slotOf(hash); ; slot = (slot + 1) & this.mask) {
      const place = this.slots[slot] ?? -1;
      if (place < 0) return -1;
      if (this.hashes[place] === hash && this.reads(place, text, begin, end)) return place;
    }
  }

  /** The place of the token that reads as those at two places one after the other, or -1. */
  findJoined(a: number, b: number): number {
    const beginA = this.begins[a] ?? 0;
    const beginB = this.begins[b] ?? 0;
    const lengthA = (this.begins[a + 1] ?? 0) - beginA;
    const lengthB = (this.begins[b + 1] ?? 0) - beginB;
    const hash = (Math.imul(this.hashes[a] ?? 0, this.powers[lengthB] ?? 1) + (this.hashes[b] ?? 0)) | 0;
    for (let slot = this.slotOf(hash); ; slot = (slot + 1) & this.mask) {
      const place = this.slots[slot] ?? -1;
      if (place < 0) return -1;
      const begin = this.begins[place] ?? 0;
      if (this.hashes[place] !== hash || (this.begins[place + 1] ?? 0) - begin !== lengthA + lengthB) continue;
      if (this.same(begin, beginA, lengthA) && this.same(begin + lengthA, beginB, lengthB)) return place;
    }
  }

  private slotOf(hash: number): number {
    const mixed = Math.imul(hash, MIX);
    return (mixed ^ (mixed >>> 15)) & this.mask;
  }

  private reads(place: number, text: string, begin: number, end: number): boolean {
    const from = this.begins[place] ?? 0;
    if ((this.begins[place + 1] ?? 0) - from !== end - begin) return false;
    for (let unit = begin; unit < end; unit++) if (this.units[from + unit - begin] !== text.charCodeAt(unit)) return false;
    return true;
  }

  private same(a: number, b: number, length: number): boolean {
    for (let unit = 0; unit < length; unit++) if (this.units[a + unit] !== this.units[b + unit]) return false;
    return true;
  }
}
