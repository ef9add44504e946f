// Oniguruma's names of character sets, as ECMAScript (flag v) writes them inside brackets.
import { UNASSIGNED_CLASS } from './older_unicode.ts';

const WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}';

const SHORTHANDS: Readonly<Record<string, string>> = {
  s: '\\p{White_Space}',
  d: aged('\\p{Nd}'),
  w: aged(WORD),
  h: '0-9a-fA-F',
};

/** Numerals that are no digits. A \w by itself matches them, one inside brackets and [:word:] do not. */
const LATIN1_NUMERALS = '\\u{b2}\\u{b3}\\u{b9}\\u{bc}-\\u{be}';

/** \s, \d, \w, \h and their opposites, as a class. */
export function shorthandClass(letter: string, insideBrackets: boolean): string {
  const kind = letter.toLowerCase();
  const set = `${SHORTHANDS[kind] ?? ''}${kind === 'w' && !insideBrackets ? LATIN1_NUMERALS : ''}`;
  return letter === letter.toLowerCase() ? `[${set}]` : `[^${set}]`;
}

const POSIX: Readonly<Record<string, string>> = {
  alnum: '\\p{Alphabetic}\\p{Nd}',
  alpha: '\\p{Alphabetic}',
  any: '\\p{Any}',
  ascii: '\\p{ASCII}',
  blank: '\\p{Zs}\\t',
  cntrl: '\\p{Cc}',
  digit: '\\p{Nd}',
  graph: '[\\p{Any}--[\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]]',
  lower: '\\p{Lowercase}',
  print: '[\\p{Any}--[\\p{Cc}\\p{Cn}\\p{Cs}\\p{Zl}\\p{Zp}]]',
  // Symbols count.
  punct: '\\p{P}\\p{S}',
  space: '\\p{White_Space}',
  upper: '\\p{Uppercase}',
  xdigit: '0-9a-fA-F',
  word: WORD,
};

/** The set a property name stands for, its case, spaces, - and _ ignored; null for an unknown one. */
export function unicodeProperty(name: string): string | null {
  const plain = name.toLowerCase().replace(/[\s_-]/g, '');
  const posix = POSIX[plain];
  if (posix !== undefined) return plain === 'lower' ? `${aged(posix)}${LETTER_THAT_BECAME_OTHER}` : aged(posix);
  const words = name
    .toLowerCase()
    .split(/[\s_-]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  const capitals = words.join('_');
  const candidates = [
    name,
    capitals,
    `Script=${capitals}`,
    plain.charAt(0).toUpperCase() + plain.slice(1),
    `Script_Extensions=${capitals}`,
  ];
  const known = candidates.find((candidate) => /^[A-Za-z_=]+$/.test(candidate) && isProperty(candidate));
  if (known === 'Ll') return `${aged('\\p{Ll}')}${LETTER_THAT_BECAME_OTHER}`;
  if (known === 'Lo') return `[${aged('\\p{Lo}')}--[${LETTER_THAT_BECAME_OTHER}]]`;
  return known === undefined ? null : known === 'Cn' ? `\\p{Cn}${UNASSIGNED_CLASS}` : aged(`\\p{${known}}`);
}

/** Lower case up to Unicode 16, without case from 17 on. */
const LETTER_THAT_BECAME_OTHER = '\\u{295}';

/** Without the characters that Oniguruma's tables do not have yet. */
function aged(set: string): string {
  return `[[${set}]--${UNASSIGNED_CLASS}]`;
}

function isProperty(name: string): boolean {
  try {
    new RegExp(`[\\p{${name}}]`, 'v');
    return true;
  } catch {
    return false;
  }
}
