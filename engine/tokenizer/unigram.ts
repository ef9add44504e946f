// The Unigram model of tokenizer.json: the best-scored way to cut a piece into tokens (Viterbi), unknown stretches as one token or as bytes.
import type { JsonObject } from '../checkpoint/strict_json.ts';
import { inByteAlphabet } from './byte_alphabet.ts';
import { invalid } from './invalid.ts';
import { optionalFlag } from './vocabulary_table.ts';
import type { Model, Word } from './word.ts';

/** Upstream's cost of an unknown character, below the worst token's score. */
const UNKNOWN_PENALTY = 10;
const CACHED_WORDS = 50_000;
const CACHED_UNITS = 64;
const encoder = new TextEncoder();

export class Unigram implements Model {
  readonly size: number;
  readonly end: number;
  private readonly tokens: string[] = [];
  private readonly scores: Float64Array;
  private readonly ids = new Map<string, number>();
  /** A trie: (node, unit) -> node; and the id that ends at a node. */
  private readonly children = new Map<number, number>();
  private readonly idAt: number[] = [-1];
  private readonly unknownScore: number;
  private readonly unknownId: number | null;
  private readonly byteIds: Int32Array | null;
  private readonly cache = new Map<string, Word>();

  /** Throws TOKENIZER_INVALID. */
  constructor(model: JsonObject) {
    const { vocab, unk_id: unknown } = model;
    if (!Array.isArray(vocab)) throw invalid('the model has no vocab');
    this.size = vocab.length;
    this.end = vocab.length;
    this.scores = new Float64Array(vocab.length);
    let lowest = Number.POSITIVE_INFINITY;
    vocab.forEach((entry, id) => {
      const [token, score] = Array.isArray(entry) ? entry : [];
      if (typeof token !== 'string' || typeof score !== 'number') throw invalid(`entry ${id} of the vocab is not a token and its score`);
      this.tokens.push(token);
      this.scores[id] = score;
      this.ids.set(token, id);
      this.insert(token, id);
      lowest = Math.min(lowest, score);
    });
    if (unknown !== null && unknown !== undefined) {
      if (typeof unknown !== 'number' || !Number.isInteger(unknown) || unknown < 0 || unknown >= vocab.length)
        throw invalid('its unk_id is not an id of the vocab');
      this.unknownId = unknown;
    } else this.unknownId = null;
    this.unknownScore = lowest - UNKNOWN_PENALTY;
    this.byteIds = optionalFlag(model, 'byte_fallback') ? this.byteTokens() : null;
  }

  idOf(token: string): number | undefined {
    return this.ids.get(token);
  }

  get readsAsText(): number | null {
    return this.unknownId;
  }

  tokenOf(id: number): string | undefined {
    return this.tokens[id];
  }

  tokenize(text: string, bytes: boolean): Word {
    if (bytes) return this.tokenizeBytes(text);
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const word = this.best(text);
    if (text.length <= CACHED_UNITS) {
      if (this.cache.size >= CACHED_WORDS) this.cache.clear();
      this.cache.set(text, word);
    }
    return word;
  }

  private insert(token: string, id: number): void {
    let node = 0;
    for (let unit = 0; unit < token.length; unit++) {
      const key = node * 0x10000 + token.charCodeAt(unit);
      let child = this.children.get(key);
      if (child === undefined) {
        child = this.idAt.length;
        this.idAt.push(-1);
        this.children.set(key, child);
      }
      node = child;
    }
    this.idAt[node] = id;
  }

  /** Indexed by byte; -1 where the vocabulary lacks it. */
  private byteTokens(): Int32Array {
    return Int32Array.from({ length: 256 }, (_, byte) => this.ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`) ?? -1);
  }

  private best(text: string): Word {
    const scores = new Float64Array(text.length + 1);
    const from = new Int32Array(text.length + 1).fill(-1);
    const idOf = new Int32Array(text.length + 1);
    const offer = (begin: number, end: number, id: number, score: number) => {
      if (from[end] !== -1 && !(score > (scores[end] ?? 0))) return;
      scores[end] = score;
      from[end] = begin;
      idOf[end] = id;
    };
    for (let begin = 0; begin < text.length; ) {
      const here = scores[begin] ?? 0;
      const single = begin + ((text.codePointAt(begin) ?? 0) > 0xffff ? 2 : 1);
      let hasSingle = false;
      let node = 0;
      for (let end = begin; end < text.length; ) {
        const child = this.children.get(node * 0x10000 + text.charCodeAt(end));
        if (child === undefined) break;
        node = child;
        end++;
        const id = this.idAt[node] ?? -1;
        if (id < 0) continue;
        offer(begin, end, id, (this.scores[id] ?? 0) + here);
        if (end === single) hasSingle = true;
      }
      if (!hasSingle) {
        if (this.unknownId === null) throw invalid('the model has no token for a part of this text and no unknown token');
        offer(begin, single, this.unknownId, this.unknownScore + here);
      }
      begin = single;
    }
    return this.path(text, from, idOf);
  }

  /** Back from the end; neighbouring unknown characters are one stretch. */
  private path(text: string, from: Int32Array, idOf: Int32Array): Word {
    const stretches: [number, number][] = [];
    let fusing = false;
    for (let end = text.length; end > 0; end = from[end] ?? 0) {
      const begin = from[end] ?? 0;
      const unknown = idOf[end] === this.unknownId;
      const last = stretches.at(-1);
      if (unknown && fusing && last) last[0] = begin;
      else stretches.push([begin, end]);
      fusing = unknown;
    }
    const word: Word = { ids: [], begin: [], end: [] };
    for (const [begin, end] of stretches.reverse()) {
      for (const id of this.idsOf(text.slice(begin, end))) {
        word.ids.push(id);
        word.begin.push(begin);
        word.end.push(end);
      }
    }
    return word;
  }

  private idsOf(stretch: string): number[] {
    const id = this.ids.get(stretch);
    if (id !== undefined) return [id];
    if (this.byteIds !== null) {
      const bytes = Array.from(encoder.encode(stretch), (byte) => this.byteIds?.[byte] ?? -1);
      if (bytes.every((byte) => byte >= 0)) return bytes;
    }
    if (this.unknownId === null) throw invalid('the model has no token for a part of this text and no unknown token');
    return [this.unknownId];
  }

  private tokenizeBytes(text: string): Word {
    return tokenizeWrittenBytes(text, (written) => this.best(written));
  }
}

/** For models that are given byte-level text without making more of it than text: places come back as those of the characters. */
export function tokenizeWrittenBytes(text: string, tokenize: (written: string) => Word): Word {
  const begin: number[] = [];
  const end: number[] = [];
  let unit = 0;
  for (const character of text) {
    for (let byte = encoder.encode(character).length; byte > 0; byte--) {
      begin.push(unit);
      end.push(unit + character.length);
    }
    unit += character.length;
  }
  const word = tokenize(inByteAlphabet(text));
  return { ids: word.ids, begin: word.begin.map((at) => begin[at] ?? 0), end: word.end.map((at) => end[at - 1] ?? 0) };
}
