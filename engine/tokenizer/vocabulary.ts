// A tokenizer as its users read it: ids without a token say so, single tokens are shown as a person can read them.
import { BYTE_OF_CHARACTER } from './byte_alphabet.ts';
import { type Encoded, Pipeline } from './pipeline.ts';

/** What stands for an id that the model knows and the tokenizer does not (padded vocabularies). */
export const UNUSED_TOKEN = '<unused>';

export class Vocabulary {
  private readonly pipeline: Pipeline;
  /** One more than the largest id that has a token. */
  readonly size: number;

  private constructor(pipeline: Pipeline) {
    this.pipeline = pipeline;
    this.size = pipeline.size;
  }

  /** From the text of tokenizer.json, which is the whole truth: tokenizer_config.json is not asked. Throws TOKENIZER_INVALID. */
  static parse(text: string): Vocabulary {
    return new Vocabulary(Pipeline.parse(text));
  }

  /** Ids and offsets of `text`; `special`: with the tokens that the post-processor adds. Throws TOKENIZER_INVALID. */
  encode(text: string, special = true): Encoded {
    return this.pipeline.encode(text, special);
  }

  /** Text of the ids, nothing tidied up. Ids without a token read <unused>; skipSpecial leaves them out, and special tokens. */
  decode(ids: ArrayLike<number>, skipSpecial = false): string {
    let text = '';
    let known: number[] = [];
    const flush = () => {
      if (known.length > 0) text += this.pipeline.decode(known, skipSpecial);
      known = [];
    };
    for (const id of Array.from(ids)) {
      if (this.pipeline.tokenOf(id) !== undefined) known.push(id);
      else if (!skipSpecial) {
        flush();
        text += UNUSED_TOKEN;
      }
    }
    flush();
    return text;
  }

  /** What the token of one id stands for: its text, leading space and all; bytes that are no character of their own as \xHH. */
  token(id: number): string {
    const token = this.pipeline.tokenOf(id);
    if (token === undefined) return UNUSED_TOKEN;
    if (this.pipeline.isAdded(id)) return token;
    if (this.pipeline.byteLevel) return readableBytes(token);
    const byte = /^<0x([0-9A-F]{2})>$/.exec(token)?.[1];
    if (byte !== undefined) return readable(Uint8Array.of(Number.parseInt(byte, 16)));
    return token.replaceAll('\u2581', ' ');
  }

  /** The id of a token written as the vocabulary writes it. */
  idOf(token: string): number | undefined {
    return this.pipeline.idOf(token);
  }
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
