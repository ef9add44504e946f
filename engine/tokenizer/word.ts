// What a model makes of one piece.

/** The ids of a piece; token i came from its UTF-16 units [begin[i], end[i]). Tokens of one character's bytes share its units. */
export interface Word {
  ids: number[];
  begin: number[];
  end: number[];
}

export interface Model {
  /** Number of tokens; added tokens that are not among them get the ids behind. */
  readonly size: number;
  /** bytes: the model sees the piece's UTF-8 in the byte alphabet. Throws TOKENIZER_INVALID where it has no token for something. */
  tokenize(text: string, bytes: boolean): Word;
  idOf(token: string): number | undefined;
  tokenOf(id: number): string | undefined;
  /** One more than the largest id. */
  readonly end: number;
  /** The id whose tokens read as the text they stand for, not as their entry: Unigram's unknown one. */
  readonly readsAsText?: number | null;
}

/** Places in the text that a model sees (bytes of UTF-8) as units of the piece it stands for. */
export class ByteUnits {
  /** The unit that each byte's character begins at, and the one behind it. */
  private readonly begin: Uint32Array;
  private readonly end: Uint32Array;
  private readonly bytes: number;

  /** `seen`: the characters the model sees, with the units of the piece each stands for. */
  constructor(seen: readonly string[], begin: ArrayLike<number>, end: ArrayLike<number>) {
    let bytes = 0;
    for (const character of seen) bytes += utf8Length(character);
    this.bytes = bytes;
    this.begin = new Uint32Array(bytes);
    this.end = new Uint32Array(bytes);
    let at = 0;
    seen.forEach((character, index) => {
      const next = at + utf8Length(character);
      this.begin.fill(begin[index] ?? 0, at, next);
      this.end.fill(end[index] ?? 0, at, next);
      at = next;
    });
  }

  beginOf(byte: number): number {
    return this.begin[Math.min(byte, this.bytes - 1)] ?? 0;
  }

  /** The unit behind the character that byte `byte - 1` belongs to. */
  endOf(byte: number): number {
    return this.end[Math.max(0, Math.min(byte, this.bytes) - 1)] ?? 0;
  }
}

export function utf8Length(character: string): number {
  const point = character.codePointAt(0) ?? 0;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}
