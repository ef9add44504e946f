// The BPE model of tokenizer.json: characters (or bytes) to tokens by merges. Semantics as in Hugging Face's tokenizers 0.23, dropout aside.
import type { JsonObject } from '../checkpoint/strict_json.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { CHARACTER_OF_BYTE } from './byte_alphabet.ts';
import { invalid } from './invalid.ts';
import { MergeTable } from './merge_table.ts';
import { mergeAll, Symbols } from './merging.ts';
import { SafeCuts } from './safe_cuts.ts';
import { optionalFlag, optionalText, readVocabularyTable } from './vocabulary_table.ts';
import { ByteUnits, type Model, utf8Length, type Word } from './word.ts';

/** Words kept with their tokens, each of at most so many units: real text repeats its words. */
const CACHED_WORDS = 50_000;
const CACHED_UNITS = 64;
const MAX_MERGES = 2 ** 22;

const encoder = new TextEncoder();

export class Bpe implements Model {
  readonly size: number;
  readonly end: number;
  private readonly ids: ReadonlyMap<string, number>;
  private readonly tokens: readonly (string | undefined)[];
  private readonly merges: MergeTable;
  private readonly unknown: string | null;
  private readonly prefix: string;
  private readonly suffix: string;
  private readonly fuseUnknown: boolean;
  private readonly byteFallback: boolean;
  private readonly wholeFirst: boolean;
  private readonly cuts: SafeCuts | null;
  private readonly cache = new Map<string, Word>();

  /** Throws TOKENIZER_INVALID. */
  constructor(model: JsonObject) {
    const { ids, tokens } = readVocabularyTable(model);
    if (!Array.isArray(model.merges)) throw invalid('the model has no merges');
    if (model.merges.length >= MAX_MERGES) throw invalid(`the model has ${model.merges.length} merges; at most ${MAX_MERGES}`);
    this.ids = ids;
    this.tokens = tokens;
    this.size = ids.size;
    this.end = tokens.length;
    this.unknown = optionalText(model, 'unk_token');
    this.prefix = optionalText(model, 'continuing_subword_prefix') ?? '';
    this.suffix = optionalText(model, 'end_of_word_suffix') ?? '';
    this.fuseUnknown = optionalFlag(model, 'fuse_unk');
    this.byteFallback = optionalFlag(model, 'byte_fallback');
    this.wholeFirst = optionalFlag(model, 'ignore_merges');
    this.merges = new MergeTable(model.merges, ids, this.prefix);
    const plain = this.prefix === '' && this.suffix === '' && !this.wholeFirst && this.unknown !== null;
    this.cuts = plain ? new SafeCuts(ids, tokens, this.merges.results) : null;
  }

  idOf(token: string): number | undefined {
    return this.ids.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.tokens[id];
  }

  tokenize(text: string, bytes: boolean): Word {
    if (bytes || this.cuts === null || text.length <= CACHED_UNITS) return this.tokenizeWord(text, bytes);
    const word: Word = { ids: [], begin: [], end: [] };
    let begin = 0;
    for (const end of this.cuts.places(text)) {
      append(word, this.tokenizeWord(text.slice(begin, end), bytes), begin);
      begin = end;
    }
    return word;
  }

  private tokenizeWord(text: string, bytes: boolean): Word {
    const known = this.cache.get(text);
    if (known !== undefined) return known;
    const word = this.merged(text, bytes);
    if (text.length <= CACHED_UNITS) {
      if (this.cache.size >= CACHED_WORDS) this.cache.clear();
      this.cache.set(text, word);
    }
    return word;
  }

  private merged(text: string, bytes: boolean): Word {
    const seen: string[] = [];
    const begin: number[] = [];
    const end: number[] = [];
    let unit = 0;
    for (const character of text) {
      const next = unit + character.length;
      for (const part of bytes ? inBytes(character) : [character]) {
        seen.push(part);
        begin.push(unit);
        end.push(next);
      }
      unit = next;
    }
    if (this.wholeFirst) {
      const id = this.ids.get(bytes ? seen.join('') : text);
      if (id !== undefined) return { ids: [id], begin: [0], end: [text.length] };
    }
    const symbols = this.symbolsOf(seen);
    mergeAll(symbols, this.merges);
    const units = new ByteUnits(seen, begin, end);
    const word: Word = { ids: [], begin: [], end: [] };
    let at = 0;
    for (let place = 0; place < symbols.count; place++) {
      const length = symbols.lengths[place] ?? 0;
      word.ids.push(symbols.ids[place] ?? 0);
      word.begin.push(units.beginOf(at));
      word.end.push(units.endOf(at + length));
      at += length;
    }
    return word;
  }

  /** One symbol a character; unknown ones as byte tokens, as the unknown token, or not at all. */
  private symbolsOf(seen: readonly string[]): Symbols {
    const symbols = new Symbols(seen.length * (this.byteFallback ? 4 + encoder.encode(this.prefix + this.suffix).length : 1));
    let unknownLength = 0;
    const flush = () => {
      if (unknownLength > 0) symbols.add(this.unknownId(), unknownLength);
      unknownLength = 0;
    };
    seen.forEach((character, index) => {
      const first = index === 0 ? character : this.prefix + character;
      const token = index === seen.length - 1 ? first + this.suffix : first;
      const length = utf8Length(character);
      const id = this.ids.get(token);
      if (id !== undefined) {
        flush();
        symbols.add(id, length);
        return;
      }
      const bytes = this.byteFallback ? this.byteTokens(token) : null;
      if (bytes !== null) {
        for (const byte of bytes) symbols.add(byte, 1);
        return;
      }
      if (this.unknown === null) return;
      if (!this.fuseUnknown) flush();
      unknownLength += length;
    });
    flush();
    return symbols;
  }

  private byteTokens(token: string): number[] | null {
    const found: number[] = [];
    for (const byte of encoder.encode(token)) {
      const id = this.ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
      if (id === undefined) return null;
      found.push(id);
    }
    return found;
  }

  private unknownId(): number {
    const id = this.ids.get(this.unknown ?? '');
    if (id === undefined) throw invalid(`its unk_token "${printable(this.unknown ?? '')}" is not in the vocabulary`);
    return id;
  }
}

function inBytes(character: string): string[] {
  if (character.length === 1 && character < '\x80') return [CHARACTER_OF_BYTE[character.charCodeAt(0)] ?? ''];
  return Array.from(encoder.encode(character), (byte) => CHARACTER_OF_BYTE[byte] ?? '');
}

function append(word: Word, more: Word, shift: number): void {
  for (let i = 0; i < more.ids.length; i++) {
    word.ids.push(more.ids[i] ?? 0);
    word.begin.push((more.begin[i] ?? 0) + shift);
    word.end.push((more.end[i] ?? 0) + shift);
  }
}
