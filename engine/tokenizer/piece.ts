// A part of the text on its way to the model: what it reads now, and for every UTF-16 unit of that the code points of the original it came from.

import { invalid } from './invalid.ts';

/** Replacements can multiply text; nobody's prompt is this long. */
const MAX_UNITS = 2 ** 27;

/** Original code points [begin[i], end[i]) of unit i. */
export interface Alignment {
  readonly begin: Int32Array;
  readonly end: Int32Array;
}

export class Piece {
  readonly text: string;
  readonly alignment: Alignment;
  /** Where this piece's units start in `alignment`. */
  readonly at: number;
  /** The first original code point of what this was last cut from; Metaspace asks whether it is 0. */
  readonly origin: number;
  /** The added token this is, or -1. */
  readonly id: number;

  constructor(text: string, alignment: Alignment, at: number, origin: number, id = -1) {
    this.text = text;
    this.alignment = alignment;
    this.at = at;
    this.origin = origin;
    this.id = id;
  }

  static whole(text: string): Piece {
    const begin = new Int32Array(text.length);
    const end = new Int32Array(text.length);
    let point = -1;
    for (let unit = 0; unit < text.length; unit++) {
      const low = (text.charCodeAt(unit) & 0xfc00) === 0xdc00; // well-formed text: always the second of a pair
      if (!low) point++;
      begin[unit] = point;
      end[unit] = point + 1;
    }
    return new Piece(text, { begin, end }, 0, 0);
  }

  slice(from: number, to: number, id = -1): Piece {
    return new Piece(this.text.slice(from, to), this.alignment, this.at + from, from < to ? this.beginOf(from) : from, id);
  }

  beginOf(unit: number): number {
    return this.alignment.begin[this.at + unit] ?? 0;
  }

  endOf(unit: number): number {
    return this.alignment.end[this.at + unit] ?? 0;
  }
}

/** Writes the next state of a piece. */
export class Rewriting {
  private readonly source: Piece;
  private readonly parts: string[] = [];
  private begin: Int32Array;
  private end: Int32Array;
  private length = 0;

  constructor(source: Piece) {
    this.source = source;
    this.begin = new Int32Array(source.text.length + 16);
    this.end = new Int32Array(source.text.length + 16);
  }

  /** Units [from, to) of the source, unchanged. */
  keep(from: number, to: number): void {
    if (from >= to) return;
    this.reserve(to - from);
    this.parts.push(this.source.text.slice(from, to));
    const { alignment, at } = this.source;
    this.begin.set(alignment.begin.subarray(at + from, at + to), this.length);
    this.end.set(alignment.end.subarray(at + from, at + to), this.length);
    this.length += to - from;
  }

  /** New text that comes from the source's unit `unit`; from nothing (0, 0) where that is before the first. */
  put(text: string, unit: number): void {
    this.reserve(text.length);
    this.parts.push(text);
    const begin = unit < 0 ? 0 : this.source.beginOf(unit);
    const end = unit < 0 ? 0 : this.source.endOf(unit);
    this.begin.fill(begin, this.length, this.length + text.length);
    this.end.fill(end, this.length, this.length + text.length);
    this.length += text.length;
  }

  done(): Piece {
    const alignment = { begin: this.begin.subarray(0, this.length), end: this.end.subarray(0, this.length) };
    return new Piece(this.parts.join(''), alignment, 0, this.source.origin);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.begin.length) return;
    if (this.length + more > MAX_UNITS) throw invalid(`it makes more than ${MAX_UNITS} characters of this text`);
    const grow = (old: Int32Array) => {
      const grown = new Int32Array(Math.max(this.length + more, old.length * 2));
      grown.set(old);
      return grown;
    };
    this.begin = grow(this.begin);
    this.end = grow(this.end);
  }
}

/** Rewrites character by character; `rewrite` answers null to keep one, '' to drop it. */
export function rewriteCharacters(piece: Piece, rewrite: (character: string) => string | null): Piece {
  let out: Rewriting | null = null;
  let kept = 0;
  let unit = 0;
  for (const character of piece.text) {
    const replacement = rewrite(character);
    if (replacement !== null && replacement !== character) {
      out ??= new Rewriting(piece);
      out.keep(kept, unit);
      out.put(replacement, unit);
      kept = unit + character.length;
    }
    unit += character.length;
  }
  if (out === null) return piece;
  out.keep(kept, unit);
  return out.done();
}

/**
 * Characters with the change each makes, as normalization forms and precompiled maps describe themselves: 0 stands for the next character of
 * the source, 1 was inserted after it, -n stands for the next one and swallows n more.
 */
export function rewriteByChanges(piece: Piece, characters: readonly string[], changes: readonly number[]): Piece {
  const source: number[] = []; // the first unit of each character
  for (let unit = 0; unit < piece.text.length; unit += (piece.text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1) source.push(unit);
  const out = new Rewriting(piece);
  let at = 0;
  characters.forEach((character, index) => {
    const change = changes[index] ?? 0;
    if (change > 0) out.put(character, at < 1 ? -1 : (source[at - 1] ?? -1));
    else {
      out.put(character, source[at] ?? piece.text.length - 1);
      at += 1 - change;
    }
  });
  return out.done();
}
