// The regular expressions of tokenizer.json are Oniguruma's; this writes them for the engine at hand (ECMAScript, flag v). What the two
// call by the same name and mean differently is spelled out: \s and \d, the dot, ^ and $, possessive repeats, (?i: ) around a part.
import { invalid } from './invalid.ts';
import { caseVariants, caseVariantsOfRange } from './letter_case.ts';
import { shorthandClass, unicodeProperty } from './unicode_classes.ts';

const MAX_LENGTH = 20_000;
const MAX_DEPTH = 100;

/** Throws TOKENIZER_INVALID for a pattern that is malformed or uses what is not known here (back-references, conditions, ...). */
export function compileOniguruma(pattern: string): RegExp {
  if (pattern.length > MAX_LENGTH) throw invalid(`a pattern has ${pattern.length} characters; at most ${MAX_LENGTH} are read`);
  const source = new Translation(pattern).whole();
  try {
    return new RegExp(source, 'gv');
  } catch (error) {
    throw invalid(`the pattern ${quoted(pattern)} does not compile: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A pattern that matches `text` itself. */
export function compileLiteral(text: string): RegExp {
  return new RegExp(Array.from(text, literal).join(''), 'gv');
}

function quoted(pattern: string): string {
  return JSON.stringify(pattern.length > 60 ? `${pattern.slice(0, 57)}...` : pattern);
}

function literal(character: string): string {
  return /^[A-Za-z0-9_]$/.test(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

interface Flags {
  ignoreCase: boolean;
  dotAll: boolean;
  extended: boolean;
}

class Translation {
  private readonly pattern: string;
  private readonly characters: readonly string[];
  private at = 0;
  private depth = 0;
  private atomic = 0;
  private flags: Flags = { ignoreCase: false, dotAll: false, extended: false };

  constructor(pattern: string) {
    this.pattern = pattern;
    this.characters = Array.from(pattern);
  }

  whole(): string {
    const source = this.alternatives();
    if (this.at < this.characters.length) throw this.trouble('has a ) too many');
    return source;
  }

  private trouble(what: string): Error {
    return invalid(`the pattern ${quoted(this.pattern)} ${what}`);
  }

  private peek(ahead = 0): string {
    return this.characters[this.at + ahead] ?? '';
  }

  private take(): string {
    const character = this.characters[this.at];
    if (character === undefined) throw this.trouble('ends too early');
    this.at++;
    return character;
  }

  /** Skips `text` if it stands here. */
  private accept(text: string): boolean {
    const found = Array.from(text).every((character, index) => this.peek(index) === character);
    if (found) this.at += text.length;
    return found;
  }

  private alternatives(): string {
    if (++this.depth > MAX_DEPTH) throw this.trouble(`is nested more than ${MAX_DEPTH} levels deep`);
    const flags = this.flags;
    let source = '';
    while (this.at < this.characters.length && this.peek() !== ')') {
      if (this.accept('|')) source += '|';
      else source += this.repeated();
    }
    this.flags = flags;
    this.depth--;
    return source;
  }

  private repeated(): string {
    let part = this.atom();
    for (;;) {
      const repeat = part === '' ? '' : this.quantifier();
      if (repeat === '') return part;
      const interval = repeat.startsWith('{');
      if (this.accept('?')) part = `(?:${part}${repeat}?)`;
      else if (!interval && this.accept('+')) part = this.atomicGroup(`${part}${repeat}`);
      else part = `(?:${part}${repeat})`;
    }
  }

  private quantifier(): string {
    const next = this.peek();
    if (next === '*' || next === '+' || next === '?') return this.take();
    if (next !== '{') return '';
    const interval = /^\{(\d{0,6})(,?)(\d{0,6})\}/.exec(this.characters.slice(this.at, this.at + 16).join(''));
    if (!interval || (interval[1] === '' && interval[3] === '')) return '';
    this.at += interval[0].length;
    return `{${interval[1] || '0'}${interval[2]}${interval[3]}}`;
  }

  private atomicGroup(inner: string): string {
    const name = `atomic${this.atomic++}`;
    return `(?:(?=(?<${name}>${inner}))\\k<${name}>)`;
  }

  private atom(): string {
    const character = this.take();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '.':
        return this.flags.dotAll ? '[\\s\\S]' : '[^\\n]';
      case '^':
        return '(?:^|(?<=\\n)(?!$))';
      case '$':
        return '(?:$|(?=\\n))';
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw this.trouble('repeats nothing');
      default:
        if (this.flags.extended && /\s/.test(character)) return '';
        if (this.flags.extended && character === '#') {
          while (this.at < this.characters.length && this.take() !== '\n');
          return '';
        }
        return this.character(character);
    }
  }

  private character(character: string): string {
    const variants = this.flags.ignoreCase ? caseVariants(character) : [character];
    return variants.length === 1 ? literal(character) : `[${variants.map(literal).join('')}]`;
  }

  private group(): string {
    if (!this.accept('?')) return this.closed('(?:', this.alternatives());
    if (this.accept('#')) {
      while (this.take() !== ')');
      return '';
    }
    for (const opening of ['(?:', '(?=', '(?!', '(?<=', '(?<!']) {
      if (this.accept(opening.slice(2))) return this.closed(opening, this.alternatives());
    }
    if (this.accept('>')) {
      const inner = this.alternatives();
      this.close();
      return this.atomicGroup(inner);
    }
    if (this.peek() === '<' || this.peek() === "'") {
      const end = this.take() === '<' ? '>' : "'";
      while (this.take() !== end);
      return this.closed('(?:', this.alternatives());
    }
    return this.option();
  }

  private closed(opening: string, inner: string): string {
    this.close();
    return `${opening}${inner})`;
  }

  private close(): void {
    if (!this.accept(')')) throw this.trouble('has a ( that is not closed');
  }

  /** (?i) up to the end of the group, (?i:...) for a part. */
  private option(): string {
    const outer = this.flags;
    const flags = { ...outer };
    let on = true;
    for (;;) {
      const letter = this.take();
      if (letter === '-') on = false;
      else if (letter === 'i') flags.ignoreCase = on;
      else if (letter === 'm') flags.dotAll = on;
      else if (letter === 'x') flags.extended = on;
      else if (letter === ')' || letter === ':') {
        this.flags = flags;
        const inner = this.alternatives();
        if (letter === ':') this.close();
        this.flags = outer;
        return `(?:${inner})`;
      } else throw this.trouble(`uses the group (?${letter}, which is not supported`);
    }
  }

  private escape(): string {
    const letter = this.take();
    const anchors: Record<string, string> = { A: '(?<![\\s\\S])', z: '(?![\\s\\S])', Z: '(?=\\n?(?![\\s\\S]))' };
    const anchor = anchors[letter];
    if (anchor !== undefined) return anchor;
    if (letter === 'b' || letter === 'B') {
      const word = shorthandClass('w', false);
      const boundary = `(?<=${word})(?!${word})|(?<!${word})(?=${word})`;
      return letter === 'b' ? `(?:${boundary})` : `(?!${boundary})`;
    }
    if (letter === 'R') return '(?:\\r\\n|[\\n-\\r\\u0085\\u2028\\u2029])';
    if (letter === 'N') return '[^\\n]';
    if (letter === 'O') return '[\\s\\S]';
    if (/^[1-9kgGKXyY]$/.test(letter)) throw this.trouble(`uses \\${letter}, which is not supported`);
    return this.classEscape(letter, false) ?? this.character(this.escapedCharacter(letter));
  }

  /** What an escape means inside and outside of brackets, if it is more than one character. */
  private classEscape(letter: string, insideBrackets: boolean): string | null {
    if (/^[sSdDwWhH]$/.test(letter)) return shorthandClass(letter, insideBrackets);
    if (letter !== 'p' && letter !== 'P') return null;
    if (!this.accept('{')) throw this.trouble(`has \\${letter} without {}`);
    const inverted = this.accept('^') !== (letter === 'P');
    let name = '';
    for (let character = this.take(); character !== '}'; character = this.take()) name += character;
    const property = unicodeProperty(name);
    if (property === null) throw this.trouble(`names the property ${quoted(name)}, which is not known`);
    return inverted ? `[^${property}]` : `[${property}]`;
  }

  private escapedCharacter(letter: string): string {
    const simple: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', a: '\x07', e: '\x1b' };
    const known = simple[letter];
    if (known !== undefined) return known;
    const rest = this.characters.slice(this.at, this.at + 12).join('');
    const code =
      letter === 'x'
        ? (/^\{([0-9a-fA-F]{1,8})\}/.exec(rest) ?? /^([0-9a-fA-F]{1,2})/.exec(rest))
        : letter === 'u'
          ? /^([0-9a-fA-F]{4})/.exec(rest)
          : null;
    if (letter === '0') {
      const octal = /^[0-7]{0,2}/.exec(rest)?.[0] ?? '';
      this.at += octal.length;
      return String.fromCharCode(Number.parseInt(`0${octal}`, 8));
    }
    if (letter !== 'x' && letter !== 'u') return letter;
    const point = Number.parseInt(code?.[1] ?? '', 16);
    if (!code || !(point <= 0x10ffff) || (point >= 0xd800 && point < 0xe000)) throw this.trouble(`has a \\${letter} without a code point`);
    this.at += code[0].length;
    return String.fromCodePoint(point);
  }

  /** After the [. Nested classes, && and [:names:] included. */
  private characterClass(): string {
    if (++this.depth > MAX_DEPTH) throw this.trouble(`is nested more than ${MAX_DEPTH} levels deep`);
    const negated = this.accept('^');
    const intersected: string[] = [];
    let union = '';
    for (let first = true; ; first = false) {
      if (this.peek() === ']' && !first) break;
      if (this.accept('&&')) {
        intersected.push(`[${union}]`);
        union = '';
      } else union += this.classItem();
    }
    this.take();
    this.depth--;
    const inside = intersected.length === 0 ? union : [...intersected, `[${union}]`].join('&&');
    return `[${negated ? '^' : ''}${inside}]`;
  }

  private classItem(): string {
    if (this.peek() === '[') {
      const named = /^\[:(\^?)([A-Za-z]{1,20}):\]/.exec(this.characters.slice(this.at, this.at + 26).join(''));
      if (!named) {
        this.take();
        return this.characterClass();
      }
      this.at += named[0].length;
      const property = unicodeProperty(named[2] ?? '');
      if (property === null) throw this.trouble(`names the class ${quoted(named[0])}, which is not known`);
      return `[${named[1]}${property}]`;
    }
    const first = this.classCharacter();
    if (first.set !== null) return first.set;
    if (this.peek() !== '-' || this.peek(1) === ']' || this.peek(1) === '') return this.oneOrRange(first.character, first.character);
    this.take();
    const last = this.classCharacter();
    if (last.set !== null) return `${this.oneOrRange(first.character, first.character)}\\-${last.set}`;
    if ((first.character.codePointAt(0) ?? 0) > (last.character.codePointAt(0) ?? 0))
      throw this.trouble('has a range that ends before it begins');
    return this.oneOrRange(first.character, last.character);
  }

  private classCharacter(): { set: string; character: null } | { set: null; character: string } {
    const character = this.take();
    if (character !== '\\') return { set: null, character };
    const letter = this.take();
    const set = this.classEscape(letter, true);
    return set === null ? { set, character: letter === 'b' ? '\b' : this.escapedCharacter(letter) } : { set, character: null };
  }

  private oneOrRange(first: string, last: string): string {
    const range = `\\u{${(first.codePointAt(0) ?? 0).toString(16)}}-\\u{${(last.codePointAt(0) ?? 0).toString(16)}}`;
    if (!this.flags.ignoreCase) return range;
    const others = caseVariantsOfRange(first.codePointAt(0) ?? 0, last.codePointAt(0) ?? 0);
    return range + others.map((variant) => `\\u{${variant.toString(16)}}`).join('');
  }
}
