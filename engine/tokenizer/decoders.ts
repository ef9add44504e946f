// The decoders of tokenizer.json: tokens back to text. Semantics as in Hugging Face's tokenizers 0.23.
import type { JsonValue } from '../checkpoint/strict_json.ts';
import { BYTE_OF_CHARACTER } from './byte_alphabet.ts';
import { Component } from './component.ts';
import { stretchesOf } from './splitting.ts';

/** Rewrites the list of tokens; what is left is joined. */
export type Decoder = (tokens: string[]) => string[];

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** null for none: then tokens are joined by spaces. Throws TOKENIZER_INVALID. */
export function readDecoder(value: JsonValue | undefined): Decoder | null {
  if (value === undefined || value === null) return null;
  const part = new Component(value, 'decoder');
  switch (part.type) {
    case 'Sequence': {
      const steps = part
        .list('decoders')
        .map(readDecoder)
        .filter((step) => step !== null);
      return (tokens) => steps.reduce((current, step) => step(current), tokens);
    }
    case 'ByteLevel':
      return byteLevel;
    case 'ByteFallback':
      return byteFallback;
    case 'Fuse':
      return (tokens) => [tokens.join('')];
    case 'Replace': {
      const pattern = part.pattern('pattern');
      const content = part.text('content');
      return (tokens) => tokens.map((token) => replaced(token, pattern, content));
    }
    case 'Strip': {
      const content = part.character('content');
      const start = part.count('start');
      const stop = part.count('stop');
      return (tokens) => tokens.map((token) => stripped(token, content, start, stop));
    }
    case 'Metaspace': {
      const mark = part.character('replacement');
      const prepends =
        part.optionalFlag('add_prefix_space') !== false && part.oneOf('prepend_scheme', ['first', 'never', 'always'], 'always') !== 'never';
      return (tokens) => tokens.map((token, index) => token.replaceAll(mark, index === 0 && prepends ? '' : ' '));
    }
    case 'BPEDecoder': {
      const suffix = part.text('suffix');
      return (tokens) => tokens.map((token, index) => token.replaceAll(suffix, index === tokens.length - 1 ? '' : ' '));
    }
    case 'WordPiece': {
      const prefix = part.text('prefix');
      const tidy = part.flag('cleanup');
      return (tokens) =>
        tokens.map((token, index) => {
          const joined = index === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
          return tidy ? tidied(joined) : joined;
        });
    }
    case 'CTC':
      return ctc(part);
    default:
      throw part.unknown();
  }
}

/** Tokens that are not in the byte alphabet stand for their own bytes; broken characters become U+FFFD. */
function byteLevel(tokens: string[]): string[] {
  const bytes: number[] = [];
  for (const token of tokens) {
    const own: number[] = [];
    for (const character of token) own.push(BYTE_OF_CHARACTER.get(character) ?? -1);
    for (const byte of own.includes(-1) ? encoder.encode(token) : own) bytes.push(byte);
  }
  return [lenient.decode(Uint8Array.from(bytes))];
}

/** Runs of <0xHH> as the characters they spell; a run that spells none gives one U+FFFD a byte. */
function byteFallback(tokens: string[]): string[] {
  const decoded: string[] = [];
  let run: number[] = [];
  const endRun = () => {
    if (run.length === 0) return;
    try {
      decoded.push(strict.decode(Uint8Array.from(run)));
    } catch {
      for (let count = run.length; count > 0; count--) decoded.push('\ufffd');
    }
    run = [];
  };
  for (const token of tokens) {
    const byte = /^<0x([0-9A-Fa-f]{2}|\+[0-9A-Fa-f])>$/.exec(token)?.[1];
    if (byte !== undefined) run.push(Number.parseInt(byte, 16));
    else {
      endRun();
      decoded.push(token);
    }
  }
  endRun();
  return decoded;
}

function replaced(token: string, pattern: RegExp, content: string): string {
  const stretches = stretchesOf(pattern, token);
  let text = '';
  for (let i = 0; i < stretches.length; i += 3) text += stretches[i + 2] === 1 ? content : token.slice(stretches[i], stretches[i + 1]);
  return text;
}

function stripped(token: string, content: string, start: number, stop: number): string {
  const characters = Array.from(token);
  let begin = 0;
  while (begin < start && characters[begin] === content) begin++;
  let end = characters.length;
  while (characters.length - end < stop && end > 0 && characters[end - 1] === content) end--;
  return characters.slice(begin, Math.max(begin, end)).join('');
}

const TIDY: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function tidied(text: string): string {
  return TIDY.reduce((current, [from, to]) => current.replaceAll(from, to), text);
}

/** For models that emit one token a time step: repeats fall together, the blank goes. */
function ctc(part: Component): Decoder {
  const blank = part.text('pad_token');
  const delimiter = part.text('word_delimiter_token');
  const tidy = part.flag('cleanup');
  return (tokens) =>
    tokens
      .filter((token, index) => index === 0 || token !== tokens[index - 1])
      .map((token) => {
        const kept = token.replaceAll(blank, '');
        return tidy ? tidied(kept).replaceAll(delimiter, ' ') : kept;
      })
      .filter((token) => token !== '');
}
