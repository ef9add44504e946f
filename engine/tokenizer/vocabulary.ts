// tokenizer.json in memory: text to ids, ids to text, one id to something a person can read. Synchronous; see tokenizer.ts for long text.
import { Tokenizer as Pipeline } from '@huggingface/tokenizers';
import { isJsonObject, type JsonObject, type JsonValue, parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';

/** What stands for an id that the model knows and the tokenizer does not (padded vocabularies). */
export const UNUSED_TOKEN = '<unused>';

/** Byte-level BPE writes each byte as a printable character: the printable ones of Latin-1 as themselves, the other 68 from U+0100 on (GPT-2). */
const BYTE_OF_CHARACTER = byteAlphabet();

export class Vocabulary {
  private readonly pipeline: Pipeline;
  private readonly byteLevel: boolean;
  private readonly added: ReadonlySet<number>;
  /** One more than the largest id that has a token. */
  readonly size: number;

  private constructor(pipeline: Pipeline, byteLevel: boolean) {
    this.pipeline = pipeline;
    this.byteLevel = byteLevel;
    this.added = new Set(pipeline.get_added_tokens_decoder().keys());
    this.size = [...pipeline.get_vocab().values()].reduce((most, id) => Math.max(most, id + 1), 0);
  }

  /** From the text of tokenizer.json. Throws TOKENIZER_INVALID. tokenizer_config.json is not asked: tokenizer.json is the whole pipeline. */
  static parse(text: string): Vocabulary {
    const parsed = parseStrictJson(text, { what: 'tokenizer.json', code: 'TOKENIZER_INVALID', maxDepth: 128 });
    if (!isJsonObject(parsed)) throw new HeadscopeError('TOKENIZER_INVALID', 'tokenizer.json is not a JSON object.');
    checkIds(parsed);
    const whole = {
      added_tokens: [],
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      ...withoutNulls(parsed, 'added_tokens'),
    };
    try {
      return new Vocabulary(new Pipeline(whole, {}), mentionsByteLevel(parsed.decoder) || mentionsByteLevel(parsed.pre_tokenizer));
    } catch (error) {
      throw new HeadscopeError('TOKENIZER_INVALID', `tokenizer.json cannot be used: ${reasonOf(error)}.`);
    }
  }

  /** Ids of `text` with the special tokens that the post-processor adds. Empty text gives those alone. Throws TOKENIZER_INVALID. */
  encode(text: string): Int32Array<ArrayBuffer> {
    let ids: number[];
    try {
      ids = this.pipeline.encode(text).ids;
    } catch (error) {
      throw new HeadscopeError('TOKENIZER_INVALID', `The tokenizer failed on this text: ${reasonOf(error)}.`);
    }
    const bad = ids.findIndex((id) => !Number.isInteger(id));
    if (bad >= 0)
      throw new HeadscopeError('TOKENIZER_INVALID', `The tokenizer has no id for a part of this text (token ${bad}) and no unknown token.`);
    return Int32Array.from(ids);
  }

  /** Text of the ids, special tokens included, nothing tidied up. Unknown ids read <unused>. */
  decode(ids: ArrayLike<number>): string {
    let text = '';
    let known: number[] = [];
    const flush = () => {
      if (known.length > 0) text += this.decodeKnown(known);
      known = [];
    };
    for (const id of Array.from(ids)) {
      if (this.pipeline.id_to_token(id) !== undefined) known.push(id);
      else {
        flush();
        text += UNUSED_TOKEN;
      }
    }
    flush();
    return text;
  }

  private decodeKnown(ids: number[]): string {
    try {
      return this.pipeline.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    } catch (error) {
      throw new HeadscopeError('TOKENIZER_INVALID', `The tokenizer failed to decode: ${reasonOf(error)}.`);
    }
  }

  /** What the token of one id stands for: its text, leading space and all; bytes that are no character of their own as \xHH. */
  token(id: number): string {
    const token = this.pipeline.id_to_token(id);
    if (token === undefined) return UNUSED_TOKEN;
    if (this.added.has(id)) return token;
    if (this.byteLevel) return readableBytes(token);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) return readable(Uint8Array.of(Number.parseInt(byte, 16)));
    return token.replaceAll('\u2581', ' ');
  }
}

function byteAlphabet(): ReadonlyMap<string, number> {
  const alphabet = new Map<string, number>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const printableByte = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    alphabet.set(String.fromCodePoint(printableByte ? byte : next++), byte);
  }
  return alphabet;
}

function readableBytes(token: string): string {
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) return token; // not written in the byte alphabet after all
    bytes.push(byte);
  }
  return readable(Uint8Array.from(bytes));
}

/** UTF-8 where it is whole characters; the bytes of cut ones as \xHH. */
function readable(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    try {
      text += decoder.decode(bytes.subarray(at, at + length));
      at += length;
    } catch {
      text += `\\x${lead.toString(16).toUpperCase().padStart(2, '0')}`;
      at++;
    }
  }
  return text;
}

function mentionsByteLevel(part: JsonValue | undefined): boolean {
  if (!isJsonObject(part)) return false;
  if (part.type === 'ByteLevel') return true;
  const inner = part.decoders ?? part.pretokenizers;
  return Array.isArray(inner) && inner.some(mentionsByteLevel);
}

/** The library indexes arrays with the ids it is given. */
function checkIds(tokenizer: JsonObject): void {
  const isId = (id: JsonValue | undefined) => typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 24;
  const { model, added_tokens: added } = tokenizer;
  if (!isJsonObject(model)) throw new HeadscopeError('TOKENIZER_INVALID', 'tokenizer.json has no model.');
  if (isJsonObject(model.vocab)) {
    const wrong = Object.entries(model.vocab).find(([, id]) => !isId(id));
    if (wrong) throw new HeadscopeError('TOKENIZER_INVALID', `tokenizer.json: the token "${printable(wrong[0])}" has no valid id.`);
  } else if (!Array.isArray(model.vocab)) throw new HeadscopeError('TOKENIZER_INVALID', 'tokenizer.json: the model has no vocab.');
  if (added === undefined || added === null) return;
  if (
    !Array.isArray(added) ||
    !added.every((token) => isJsonObject(token) && isId(token.id) && typeof token.content === 'string' && token.content !== '')
  ) {
    throw new HeadscopeError('TOKENIZER_INVALID', 'tokenizer.json: added_tokens is not a list of tokens with id and content.');
  }
}

function withoutNulls(object: JsonObject, key: string): JsonObject {
  return object[key] === null ? Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)) : object;
}

function reasonOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
