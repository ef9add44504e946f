// Where a long text can be cut without changing what a BPE makes of it. SentencePiece's kind gives the model a whole document as one word,
// but no token joins two words: "e▁" stands inside none. Between two characters that no merge's result holds side by side nothing ever
// merges, so the parts can be encoded (and remembered) one by one.

/** Parts shorter than this are not worth a cut. */
const SHORTEST = 4;

export class SafeCuts {
  /** Characters of 16 bits with a token of their own; further ones are looked up. */
  private readonly known = new Uint8Array(0x10000);
  private readonly ids: ReadonlyMap<string, number>;
  /** Pairs of neighbours inside any merge's result, as two code points in one number. */
  private readonly together = new Set<number>();

  constructor(ids: ReadonlyMap<string, number>, tokens: readonly (string | undefined)[], results: Int32Array) {
    this.ids = ids;
    for (const token of ids.keys()) if (token.length === 1) this.known[token.charCodeAt(0)] = 1;
    for (const id of results) {
      let left = -1;
      for (const character of tokens[id] ?? '') {
        const right = character.codePointAt(0) ?? 0;
        if (left >= 0) this.together.add(pair(left, right));
        left = right;
      }
    }
  }

  /** Ends of the parts, in order; the last is the text's. Only next to characters with a token of their own: unknown ones may fuse. */
  *places(text: string): Generator<number> {
    let left = -1;
    let leftKnown = false;
    let unit = 0;
    let begin = 0;
    for (const character of text) {
      const right = character.codePointAt(0) ?? 0;
      const rightKnown = right < 0x10000 ? this.known[right] === 1 : this.ids.has(character);
      if (unit - begin >= SHORTEST && leftKnown && rightKnown && !this.together.has(pair(left, right))) {
        yield unit;
        begin = unit;
      }
      leftKnown = rightKnown;
      left = right;
      unit += character.length;
    }
    yield unit;
  }
}

/** One number a pair: of 32 bits, which a Set finds fastest, where both characters have 16. */
function pair(left: number, right: number): number {
  return left < 0x10000 && right < 0x10000 ? (left << 16) | right : 2 ** 42 + left * 0x200000 + right;
}
