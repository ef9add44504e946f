// Added tokens: those that are found in the text before the model sees it. Semantics as in Hugging Face's tokenizers 0.23.
import { toUSVString } from 'node:util';
import { isJsonObject, type JsonValue, printable } from '../checkpoint/strict_json.ts';
import { isTokenId } from './component.ts';
import { invalid } from './invalid.ts';
import type { Normalizer } from './normalizers.ts';
import { Piece } from './piece.ts';
import type { Model } from './word.ts';

export interface AddedToken {
  readonly content: string;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /\p{White_Space}/u;

export class AddedTokens {
  private readonly byId = new Map<number, AddedToken>();
  private readonly idOfContent = new Map<string, number>();
  /** The text a normalized token is looked for and decoded as, where that is not its content. */
  private readonly normalizedText = new Map<number, string>();
  private readonly specialContents = new Set<string>();
  private readonly verbatim: TokenFinder;
  private readonly normalized: TokenFinder;
  private readonly normalizer: Normalizer | null;

  /** `value`: added_tokens. The ids there are not believed: a token of the model keeps the model's, others follow. Throws TOKENIZER_INVALID. */
  constructor(value: JsonValue | undefined, model: Model, normalizer: Normalizer | null) {
    this.normalizer = normalizer;
    let next = model.size;
    for (const token of readTokens(value)) {
      if (token.content === '') continue;
      const id: number = this.idOfContent.get(token.content) ?? model.idOf(token.content) ?? next++;
      this.idOfContent.set(token.content, id);
      this.byId.set(id, token);
      this.normalizedText.delete(id);
      if (token.normalized && normalizer !== null) {
        const text = normalizer(Piece.whole(token.content)).text;
        if (text !== token.content) this.normalizedText.set(id, text);
      }
      if (token.special) this.specialContents.add(token.content);
    }
    this.verbatim = new TokenFinder();
    this.normalized = new TokenFinder();
    for (const [id, token] of this.byId) {
      if (token.normalized) this.normalized.add(this.normalizedText.get(id) ?? token.content, id);
      else this.verbatim.add(token.content, id);
    }
  }

  get ids(): Iterable<number> {
    return this.byId.keys();
  }

  get(id: number): AddedToken | undefined {
    return this.byId.get(id);
  }

  idOf(content: string): number | undefined {
    return this.idOfContent.get(content);
  }

  /** What decoding reads for an id: the normalized form where there is one. */
  decodedText(id: number): string | undefined {
    return this.normalizedText.get(id) ?? this.byId.get(id)?.content;
  }

  isSpecial(text: string): boolean {
    return this.specialContents.has(text);
  }

  /** The text in pieces, added tokens found and the rest normalized: first those that are looked for in the text as it is. */
  extract(text: string): Piece[] {
    const pieces: Piece[] = [];
    for (const part of this.cut(Piece.whole(text), this.verbatim)) {
      if (part.id >= 0) pieces.push(part);
      else pieces.push(...this.cut(this.normalizer === null ? part : this.normalizer(part), this.normalized));
    }
    return pieces;
  }

  private cut(piece: Piece, finder: TokenFinder): Piece[] {
    if (piece.text === '') return [];
    if (finder.isEmpty) return [piece.slice(0, piece.text.length)];
    const { text } = piece;
    const parts: Piece[] = [];
    let covered = 0;
    for (const { begin, end, id } of finder.matches(text)) {
      const token = this.byId.get(id);
      if (token === undefined || (token.singleWord && !standsAlone(text, begin, end))) continue;
      const from = token.lstrip ? Math.max(spacesBefore(text, begin), covered) : begin;
      const to = token.rstrip ? spacesAfter(text, end) : end;
      if (covered < from) parts.push(piece.slice(covered, from));
      if (from < to) parts.push(piece.slice(from, to, id)); // else the spaces around the one before took it whole
      covered = to;
    }
    if (covered !== text.length) parts.push(piece.slice(covered, text.length));
    return parts;
  }
}

/** Matches of fixed texts: the leftmost, of those the longest, none overlapping another. */
class TokenFinder {
  private readonly idOf = new Map<string, number>();
  /** First unit -> lengths of the texts that start with it, longest first. */
  private readonly lengths = new Map<number, number[]>();

  get isEmpty(): boolean {
    return this.idOf.size === 0;
  }

  add(text: string, id: number): void {
    if (text === '') return;
    if (this.idOf.has(text)) throw invalid(`two added tokens are looked for as "${printable(text)}"`);
    this.idOf.set(text, id);
    const first = text.charCodeAt(0);
    const lengths = this.lengths.get(first) ?? [];
    if (!lengths.includes(text.length)) lengths.push(text.length);
    this.lengths.set(
      first,
      lengths.sort((a, b) => b - a),
    );
  }

  *matches(text: string): Generator<{ begin: number; end: number; id: number }> {
    for (let begin = 0; begin < text.length; ) {
      const match = this.matchAt(text, begin);
      if (match === null) begin++;
      else {
        yield match;
        begin = match.end;
      }
    }
  }

  private matchAt(text: string, begin: number): { begin: number; end: number; id: number } | null {
    for (const length of this.lengths.get(text.charCodeAt(begin)) ?? NONE) {
      const id = this.idOf.get(text.slice(begin, begin + length));
      if (id !== undefined) return { begin, end: begin + length, id };
    }
    return null;
  }
}

const NONE: readonly number[] = [];

function standsAlone(text: string, begin: number, end: number): boolean {
  const before =
    begin > 1 && (text.charCodeAt(begin - 1) & 0xfc00) === 0xdc00
      ? text.slice(begin - 2, begin)
      : text.slice(Math.max(0, begin - 1), begin);
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  return !(begin > 0 && WORD.test(before)) && !(end < text.length && WORD.test(after));
}

function spacesBefore(text: string, begin: number): number {
  let at = begin;
  while (at > 0 && SPACE.test(text.charAt(at - 1))) at--;
  return at;
}

function spacesAfter(text: string, end: number): number {
  let at = end;
  while (at < text.length && SPACE.test(text.charAt(at))) at++;
  return at;
}

function readTokens(value: JsonValue | undefined): AddedToken[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid('added_tokens is not a list');
  return value.map((token, index) => {
    if (!isJsonObject(token) || !isTokenId(token.id) || typeof token.content !== 'string') {
      throw invalid(`added_tokens[${index}] is not a token with id and content`);
    }
    const flag = (name: string, otherwise: boolean): boolean => {
      const given = token[name] ?? otherwise;
      if (typeof given !== 'boolean') throw invalid(`added_tokens[${index}].${name} is not true or false`);
      return given;
    };
    const special = flag('special', false);
    return {
      content: toUSVString(token.content),
      singleWord: flag('single_word', false),
      lstrip: flag('lstrip', false),
      rstrip: flag('rstrip', false),
      normalized: flag('normalized', !special),
      special,
    };
  });
}
