// The normalizers of tokenizer.json: what rewrites the text before it is cut. Semantics as in Hugging Face's tokenizers 0.23.
import type { JsonValue } from '../checkpoint/strict_json.ts';
import { inByteAlphabet } from './byte_alphabet.ts';
import { Component } from './component.ts';
import { CONTROL, MARK, NONSPACING_MARK } from './older_unicode.ts';
import { type Piece, Rewriting, rewriteCharacters } from './piece.ts';
import { PrecompiledMap } from './precompiled_map.ts';
import { stretchesOf } from './splitting.ts';
import { toUnicodeForm } from './unicode_forms.ts';

export type Normalizer = (piece: Piece) => Piece;

/** null for none. Throws TOKENIZER_INVALID. */
export function readNormalizer(value: JsonValue | undefined): Normalizer | null {
  if (value === undefined || value === null) return null;
  const part = new Component(value, 'normalizer');
  switch (part.type) {
    case 'Sequence': {
      const steps = part
        .list('normalizers')
        .map(readNormalizer)
        .filter((step) => step !== null);
      return (piece) => steps.reduce((current, step) => step(current), piece);
    }
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = part.type;
      return (piece) => toUnicodeForm(piece, form);
    }
    case 'Lowercase':
      return lowercase;
    case 'Prepend': {
      const prefix = part.text('prepend');
      return (piece) => prepend(piece, prefix);
    }
    case 'Replace': {
      const pattern = part.pattern('pattern');
      const content = part.text('content');
      return (piece) => replace(piece, pattern, content);
    }
    case 'Strip': {
      const left = part.flag('strip_left');
      const right = part.flag('strip_right');
      return (piece) => strip(piece, left, right);
    }
    case 'StripAccents':
      return (piece) => rewriteCharacters(piece, (character) => (MARK.test(character) ? '' : null));
    case 'Nmt':
      return (piece) => rewriteCharacters(piece, nmt);
    case 'ByteLevel':
      return (piece) => rewriteCharacters(piece, inByteAlphabet);
    case 'Precompiled': {
      const map = PrecompiledMap.parse(part.text('precompiled_charsmap'));
      return (piece) => map.apply(piece);
    }
    case 'BertNormalizer':
      return readBert(part);
    default:
      throw part.unknown();
  }
}

/** Character by character: no final sigma. */
function lowercase(piece: Piece): Piece {
  return piece.text.toLowerCase() === piece.text ? piece : rewriteCharacters(piece, (character) => character.toLowerCase());
}

/** The prefix belongs to the first character, which it pushes aside; empty text stays empty. */
export function prepend(piece: Piece, prefix: string): Piece {
  if (piece.text === '') return piece;
  const out = new Rewriting(piece);
  out.put(prefix, 0);
  out.keep(0, piece.text.length);
  return out.done();
}

/** What replaces a match belongs to the match's last character. */
export function replace(piece: Piece, pattern: RegExp, content: string): Piece {
  const stretches = stretchesOf(pattern, piece.text);
  if (stretches.length === 3 && stretches[2] === 0) return piece;
  const out = new Rewriting(piece);
  for (let i = 0; i < stretches.length; i += 3) {
    const begin = stretches[i] ?? 0;
    const end = stretches[i + 1] ?? 0;
    if (stretches[i + 2] === 0) out.keep(begin, end);
    else out.put(content, end - 1);
  }
  return out.done();
}

function strip(piece: Piece, left: boolean, right: boolean): Piece {
  const begin = left ? (/^\p{White_Space}*/u.exec(piece.text)?.[0].length ?? 0) : 0;
  let end = piece.text.length;
  if (right) while (end > begin && /\p{White_Space}/u.test(piece.text.charAt(end - 1))) end--;
  if (begin === 0 && end === piece.text.length) return piece;
  const out = new Rewriting(piece);
  out.keep(begin, end);
  return out.done();
}

/** Of Google's neural machine translation: control characters go, what it takes for white space becomes a space. */
function nmt(character: string): string | null {
  const point = character.codePointAt(0) ?? 0;
  if ((point >= 1 && point <= 8) || point === 0xb || (point >= 0xe && point <= 0x1f) || [0x7f, 0x8f, 0x9f].includes(point)) return '';
  const space =
    [0x9, 0xa, 0xc, 0xd, 0x1680, 0x2028, 0x2029, 0x2581, 0xfeff, 0xfffd].includes(point) || (point >= 0x200b && point <= 0x200f);
  return space ? ' ' : null;
}

function readBert(part: Component): Normalizer {
  const clean = part.flag('clean_text');
  const chinese = part.flag('handle_chinese_chars');
  const lower = part.flag('lowercase');
  const accents = part.optionalFlag('strip_accents') ?? lower;
  return (piece) => {
    let current = piece;
    if (clean) current = rewriteCharacters(current, cleaned);
    if (chinese) current = rewriteCharacters(current, (character) => (isChinese(character) ? ` ${character} ` : null));
    if (accents) current = rewriteCharacters(toUnicodeForm(current, 'NFD'), (character) => (NONSPACING_MARK.test(character) ? '' : null));
    return lower ? lowercase(current) : current;
  };
}

function cleaned(character: string): string | null {
  if (character === '\t' || character === '\n' || character === '\r') return ' ';
  if (character === '\ufffd' || CONTROL.test(character)) return '';
  return /\p{White_Space}/u.test(character) ? ' ' : null;
}

/** The blocks that BERT took for ideographs; its list ends a block early at U+2B920. */
const IDEOGRAPHS =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/u;

function isChinese(character: string): boolean {
  return character >= '\u3400' && IDEOGRAPHS.test(character);
}
