// tokenizer.json, read: text to ids with offsets, ids to text. Synchronous; tokenizer.ts puts it on a thread.
import { toUSVString } from 'node:util';
import { isJsonObject, type JsonObject, parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { AddedTokens } from './added_tokens.ts';
import { Bpe } from './bpe.ts';
import { type Decoder, readDecoder } from './decoders.ts';
import { Encoding } from './encoding.ts';
import { invalid } from './invalid.ts';
import { readNormalizer } from './normalizers.ts';
import type { Piece } from './piece.ts';
import { type PostProcessor, readPostProcessor } from './post_processors.ts';
import { type PreTokenizing, readPreTokenizing } from './pre_tokenizers.ts';
import { Unigram } from './unigram.ts';
import type { Model } from './word.ts';
import { WordLevel, WordPiece } from './word_piece.ts';

/** ids; and the text of token i is code points [offsets[2 i], offsets[2 i + 1]) of the input, (0, 0) for a token the post-processor added. */
export interface Encoded {
  ids: Int32Array<ArrayBuffer>;
  offsets: Int32Array<ArrayBuffer>;
}

export class Pipeline {
  private readonly model: Model;
  private readonly added: AddedTokens;
  private readonly preTokenizing: PreTokenizing;
  private readonly postProcessor: PostProcessor | null;
  private readonly decoder: Decoder | null;
  /** Tokens are written in the byte alphabet. */
  readonly byteLevel: boolean;
  /** One more than the largest id that has a token. */
  readonly size: number;

  /** From the text of tokenizer.json; its truncation and padding are left out, as an instrument reads the whole text. Throws TOKENIZER_INVALID. */
  static parse(text: string): Pipeline {
    const parsed = parseStrictJson(text, { what: 'tokenizer.json', code: 'TOKENIZER_INVALID', maxDepth: 128 });
    if (!isJsonObject(parsed)) throw new HeadscopeError('TOKENIZER_INVALID', 'tokenizer.json is not a JSON object.');
    return new Pipeline(parsed);
  }

  private constructor(parsed: JsonObject) {
    this.model = readModel(parsed.model);
    const normalizer = readNormalizer(parsed.normalizer);
    this.added = new AddedTokens(parsed.added_tokens, this.model, normalizer);
    this.preTokenizing = readPreTokenizing(parsed.pre_tokenizer);
    this.postProcessor = readPostProcessor(parsed.post_processor);
    this.decoder = readDecoder(parsed.decoder);
    this.byteLevel = this.preTokenizing.bytesLast || JSON.stringify(parsed.decoder ?? null).includes('"ByteLevel"');
    let size = this.model.end;
    for (const id of this.added.ids) size = Math.max(size, id + 1);
    this.size = size;
  }

  /** `special`: with the tokens that the post-processor adds. Unpaired surrogates count as U+FFFD. Throws TOKENIZER_INVALID. */
  encode(text: string, special: boolean): Encoded {
    const encoding = new Encoding();
    for (const piece of this.preTokenized(toUSVString(text))) {
      if (piece.id >= 0) encoding.push(piece.id, piece.beginOf(0), piece.endOf(piece.text.length - 1), piece.text);
      else this.tokenize(piece, encoding);
    }
    const parts =
      this.postProcessor === null ? [encoding] : this.postProcessor([encoding], special, (part, index) => this.textOf(part, index));
    const count = parts.reduce((sum, part) => sum + part.ids.length, 0);
    const ids = new Int32Array(count);
    const offsets = new Int32Array(2 * count);
    let at = 0;
    for (const part of parts) {
      for (let index = 0; index < part.ids.length; index++, at++) {
        ids[at] = part.ids[index] ?? 0;
        offsets[2 * at] = part.begin[index] ?? 0;
        offsets[2 * at + 1] = part.end[index] ?? 0;
      }
    }
    return { ids, offsets };
  }

  /** Text of ids that all have a token; `skipSpecial` leaves the special ones out. */
  decode(ids: readonly number[], skipSpecial: boolean): string {
    const tokens: string[] = [];
    for (const id of ids) {
      const token = this.added.decodedText(id) ?? this.model.tokenOf(id);
      if (token !== undefined && !(skipSpecial && this.added.isSpecial(token))) tokens.push(token);
    }
    if (this.decoder === null) return tokens.join(' ');
    return tokens.length === 0 ? '' : this.decoder(tokens).join('');
  }

  /** A token as the vocabulary has it. */
  tokenOf(id: number): string | undefined {
    return this.added.get(id)?.content ?? this.model.tokenOf(id);
  }

  isAdded(id: number): boolean {
    return this.added.get(id) !== undefined;
  }

  idOf(token: string): number | undefined {
    return this.added.idOf(token) ?? this.model.idOf(token);
  }

  private textOf(encoding: Encoding, index: number): string {
    return encoding.texts.get(index) ?? this.model.tokenOf(encoding.ids[index] ?? -1) ?? '';
  }

  private preTokenized(text: string): Piece[] {
    let pieces = this.added.extract(text);
    for (const step of this.preTokenizing.steps) {
      const next: Piece[] = [];
      for (const piece of pieces) {
        if (piece.id >= 0) next.push(piece);
        else if (piece.text !== '') step(piece, next);
      }
      pieces = next;
    }
    return pieces;
  }

  private tokenize(piece: Piece, into: Encoding): void {
    if (piece.text === '') return;
    const word = this.model.tokenize(piece.text, this.preTokenizing.bytesLast);
    for (let index = 0; index < word.ids.length; index++) {
      const begin = word.begin[index] ?? 0;
      const end = word.end[index] ?? 0;
      const id = word.ids[index] ?? 0;
      const text = id === this.model.readsAsText ? piece.text.slice(begin, end) : undefined;
      into.push(id, piece.beginOf(begin), piece.endOf(end - 1), text);
    }
  }
}

function readModel(value: JsonObject[string] | undefined): Model {
  if (!isJsonObject(value)) throw invalid('it has no model');
  switch (value.type ?? legacyType(value)) {
    case 'BPE':
      return new Bpe(value);
    case 'Unigram':
      return new Unigram(value);
    case 'WordPiece':
      return new WordPiece(value);
    case 'WordLevel':
      return new WordLevel(value);
    default:
      throw invalid(`the model '${printable(String(value.type))}' is not known`);
  }
}

/** Files from before models were tagged: told by what they hold. */
function legacyType(model: JsonObject): string {
  if (model.merges !== undefined) return 'BPE';
  if (Array.isArray(model.vocab)) return 'Unigram';
  return model.continuing_subword_prefix === undefined ? 'WordLevel' : 'WordPiece';
}
