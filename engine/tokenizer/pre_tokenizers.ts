// The pre-tokenizers of tokenizer.json: what cuts the text into the pieces that the model sees. Semantics as in Hugging Face's tokenizers 0.23.
import type { JsonValue } from '../checkpoint/strict_json.ts';
import { inByteAlphabet } from './byte_alphabet.ts';
import { Component } from './component.ts';
import { prepend, replace } from './normalizers.ts';
import { PUNCTUATION } from './older_unicode.ts';
import { compileOniguruma } from './oniguruma.ts';
import { type Piece, rewriteCharacters } from './piece.ts';
import { cut, inverted, stretchesOf } from './splitting.ts';

/** Appends the parts of a piece; empty ones are dropped by whoever calls. */
export type PreTokenizer = (piece: Piece, into: Piece[]) => void;

export interface PreTokenizing {
  steps: readonly PreTokenizer[];
  /** The last step writes bytes as characters; left to the model, which does it once a word. */
  bytesLast: boolean;
}

const BEHAVIOURS = ['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'] as const;
const GPT2 = compileOniguruma(String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`);
const SPACE = /\p{White_Space}/gu;
const NUMERIC = /\p{N}/gu;
const EACH_PUNCTUATION = new RegExp(PUNCTUATION.source, 'gv');
/** Words and the rest, as Rust's regex crate counts word characters. */
const WORD_OR_REST =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;

const toBytes: PreTokenizer = (piece, into) => into.push(rewriteCharacters(piece, inByteAlphabet));

/** Throws TOKENIZER_INVALID. */
export function readPreTokenizing(value: JsonValue | undefined): PreTokenizing {
  const steps = value === undefined || value === null ? [] : readSteps(value);
  const bytesLast = steps.at(-1) === toBytes;
  return { steps: bytesLast ? steps.slice(0, -1) : steps, bytesLast };
}

function readSteps(value: JsonValue): PreTokenizer[] {
  const part = new Component(value, 'pre_tokenizer');
  switch (part.type) {
    case 'Sequence':
      return part.list('pretokenizers').flatMap(readSteps);
    case 'ByteLevel':
      return byteLevel(part);
    case 'Metaspace':
      return [metaspace(part)];
    case 'Split': {
      const pattern = part.pattern('pattern');
      const behaviour = part.oneOf('behavior', BEHAVIOURS);
      const invert = part.flag('invert');
      return [
        (piece, into) => {
          const stretches = stretchesOf(pattern, piece.text);
          cut(piece, invert ? inverted(stretches) : stretches, behaviour, into);
        },
      ];
    }
    case 'Digits':
      return [cutter(NUMERIC, part.flag('individual_digits') ? 'Isolated' : 'Contiguous')];
    case 'Punctuation':
      return [cutter(EACH_PUNCTUATION, part.oneOf('behavior', BEHAVIOURS, 'Isolated'))];
    case 'Whitespace':
      return [(piece, into) => cut(piece, inverted(stretchesOf(WORD_OR_REST, piece.text)), 'Removed', into)];
    case 'WhitespaceSplit':
      return [cutter(SPACE, 'Removed')];
    case 'BertPreTokenizer':
      return [cutter(SPACE, 'Removed'), cutter(EACH_PUNCTUATION, 'Isolated')];
    case 'CharDelimiterSplit': {
      const delimiter = part.character('delimiter');
      return [cutter(new RegExp(`\\u{${(delimiter.codePointAt(0) ?? 0).toString(16)}}`, 'gu'), 'Removed')];
    }
    case 'FixedLength': {
      const length = part.count('length', 5);
      if (length === 0) throw part.wrong('length', 'a number above 0');
      return [(piece, into) => cutEvery(piece, length, into)];
    }
    default:
      throw part.unknown();
  }
}

function cutter(pattern: RegExp, behaviour: (typeof BEHAVIOURS)[number]): PreTokenizer {
  return (piece, into) => cut(piece, stretchesOf(pattern, piece.text), behaviour, into);
}

function byteLevel(part: Component): PreTokenizer[] {
  const space = part.flag('add_prefix_space');
  const useRegex = part.flag('use_regex', true);
  const steps: PreTokenizer[] = [];
  if (space) steps.push((piece, into) => into.push(piece.text.startsWith(' ') ? piece : prepend(piece, ' ')));
  if (useRegex) steps.push(cutter(GPT2, 'Isolated'));
  return [...steps, toBytes];
}

function metaspace(part: Component): PreTokenizer {
  const mark = part.character('replacement');
  const legacyNever = part.optionalFlag('add_prefix_space') === false;
  const scheme = legacyNever ? 'never' : part.oneOf('prepend_scheme', ['first', 'never', 'always'], 'always');
  const split = part.optionalFlag('split') ?? true;
  const everyMark = new RegExp(`\\u{${(mark.codePointAt(0) ?? 0).toString(16)}}`, 'gu');
  return (piece, into) => {
    let marked = replace(piece, / /gu, mark);
    const first = scheme === 'always' || (scheme === 'first' && marked.origin === 0);
    if (first && !marked.text.startsWith(mark)) marked = prepend(marked, mark);
    if (split) cut(marked, stretchesOf(everyMark, marked.text), 'MergedWithNext', into);
    else into.push(marked);
  };
}

function cutEvery(piece: Piece, length: number, into: Piece[]): void {
  let begin = 0;
  let unit = 0;
  let count = 0;
  for (const character of piece.text) {
    unit += character.length;
    if (++count % length !== 0) continue;
    into.push(piece.slice(begin, unit));
    begin = unit;
  }
  into.push(piece.slice(begin, unit));
}
