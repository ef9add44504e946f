// The methods of texts, dicts and lists that templates call. What changes a list or dict is refused, as in transformers' sandbox.
import { compare } from './python_operators.ts';
import { Callable, type Dict, isEqual, itemsOf, repr, Tuple, textOf, typeName, Undefined, type Value } from './python_values.ts';
import { joinTexts, spend } from './render_allowance.ts';

type Method<T> = (self: T, args: readonly Value[], named: ReadonlyMap<string, Value>) => Value;

/** The method `name` of a value; undefined where it has none. Throws for one that is not safe. */
export function methodOf(value: Value, name: string): Callable | undefined {
  if (typeof value === 'string') return bound(name, value, TEXT.get(name));
  if (value instanceof Map) return bound(name, value, DICT.get(name)) ?? refused(value, name, CHANGES_DICT);
  if (Array.isArray(value)) return bound(name, value, LIST.get(name)) ?? refused(value, name, CHANGES_LIST);
  return undefined;
}

const CHANGES_DICT = ['clear', 'pop', 'popitem', 'setdefault', 'update'];
const CHANGES_LIST = ['append', 'clear', 'pop', 'reverse', 'insert', 'sort', 'extend', 'remove'];

function refused(value: Value, name: string, changing: readonly string[]): undefined {
  if (changing.includes(name)) throw new Error(`access to attribute '${name}' of '${typeName(value)}' object is unsafe.`);
  return undefined;
}

function bound<T>(name: string, self: T, method: Method<T> | undefined): Callable | undefined {
  return method === undefined ? undefined : new Callable(name, (args, named) => method(self, args, named));
}

export function textArgument(value: Value | undefined, otherwise?: string): string {
  if (typeof value === 'string') return value;
  if ((value === undefined || value === null) && otherwise !== undefined) return otherwise;
  throw new TypeError(`a text was expected, not ${value === undefined ? 'nothing' : typeName(value)}`);
}

export function wholeArgument(value: Value | undefined, otherwise?: number): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (value === undefined && otherwise !== undefined) return otherwise;
  throw new TypeError(`a whole number was expected, not ${value === undefined ? 'nothing' : typeName(value)}`);
}

/** Python's white space of texts, which is not JavaScript's: the separators 1C-1F and 85, not FEFF. */
const SPACE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]';
const LEADING = new RegExp(`^${SPACE}+`);
const SPACES = new RegExp(`${SPACE}+`);
const ONE_SPACE = new RegExp(SPACE);
const LINE_ENDS = '\\r\\n|[\\n-\\r\\x1c-\\x1e\\x85\\u2028\\u2029]';
const LINE_END = new RegExp(LINE_ENDS);
const LAST_LINE_END = new RegExp(`(?:${LINE_ENDS})$`);

/** Without the characters of `set` (white space for null) at the sides asked for. */
export function stripped(text: string, set: string | null, left: boolean, right: boolean): string {
  const characters = Array.from(text);
  const gone = set === null ? (character: string) => ONE_SPACE.test(character) : (character: string) => Array.from(set).includes(character);
  let begin = 0;
  let end = characters.length;
  while (left && begin < end && gone(characters[begin] ?? '')) begin++;
  while (right && end > begin && gone(characters[end - 1] ?? '')) end--;
  return characters.slice(begin, end).join('');
}

function split(text: string, separator: Value | undefined, limit: number): string[] {
  const most = limit < 0 ? Number.POSITIVE_INFINITY : limit;
  const parts: string[] = [];
  if (separator === undefined || separator === null) {
    let rest = text.replace(LEADING, '');
    while (rest !== '') {
      const gap = parts.length < most ? SPACES.exec(rest) : null;
      parts.push(gap === null ? rest : rest.slice(0, gap.index));
      rest = gap === null ? '' : rest.slice(gap.index + gap[0].length);
    }
    return parts;
  }
  const by = textArgument(separator);
  if (by === '') throw new Error('empty separator');
  let from = 0;
  for (let at = text.indexOf(by); at >= 0 && parts.length < most; at = text.indexOf(by, from)) {
    parts.push(text.slice(from, at));
    from = at + by.length;
  }
  return [...parts, text.slice(from)];
}

function splitFromRight(text: string, separator: Value | undefined, limit: number): string[] {
  const all = split(text, separator, -1);
  if (limit < 0 || all.length <= limit + 1) return all;
  if (separator === undefined || separator === null) throw new Error('rsplit with a count needs a separator here');
  const cut = all.length - limit;
  return [all.slice(0, cut).join(textArgument(separator)), ...all.slice(cut)];
}

export function replaced(text: string, from: string, to: string, count: number): string {
  if (to.length > from.length) spend((to.length - from.length) * (text.length / Math.max(1, from.length) + 1));
  if (count < 0) return text.split(from).join(to);
  const parts = from === '' ? Array.from(text) : split(text, from, count);
  return from === '' ? text : parts.join(to);
}

function affix(text: string, given: Value | undefined, test: (text: string, part: string) => boolean): boolean {
  return given instanceof Tuple ? given.items.some((part) => test(text, textArgument(part))) : test(text, textArgument(given));
}

/** Index in code points, as Python counts. */
function find(text: string, part: string, last = false): number {
  const at = last ? text.lastIndexOf(part) : text.indexOf(part);
  return at < 0 ? -1 : Array.from(text.slice(0, at)).length;
}

/** The first letter after anything that is no letter is upper, the others lower. */
export function titled(text: string): string {
  return text.toLowerCase().replace(/(?<![\p{L}\p{M}])\p{L}/gu, (letter) => letter.toUpperCase());
}

export function capitalized(text: string): string {
  const [first = ''] = text;
  return first.toUpperCase() + text.slice(first.length).toLowerCase();
}

function filled(text: string, width: number, fill: string, left: (gap: number) => number): string {
  const gap = Math.max(0, width - Array.from(text).length);
  if (gap > 1_000_000) throw new RangeError(`a text of ${gap} characters`);
  return fill.repeat(left(gap)) + text + fill.repeat(gap - left(gap));
}

function formatted(format: string, args: readonly Value[], named: ReadonlyMap<string, Value>): string {
  let next = 0;
  return format.replace(/\{\{|\}\}|\{(\w*)(!r)?\}|[{}]/g, (found, name: string | undefined, asRepr: string | undefined) => {
    if (found === '{{' || found === '}}') return found.charAt(0);
    if (name === undefined) throw new Error('this format of a text is not supported');
    const value = name === '' ? args[next++] : /^\d+$/.test(name) ? args[Number(name)] : named.get(name);
    if (value === undefined) throw new Error(`the format has no value for {${name}}`);
    return asRepr === undefined ? textOf(value) : repr(value);
  });
}

const every = (text: string, pattern: RegExp) => text !== '' && Array.from(text).every((character) => pattern.test(character));

const TEXT = new Map<string, Method<string>>([
  ['strip', (self, [set = null]) => stripped(self, set === null ? null : textArgument(set), true, true)],
  ['lstrip', (self, [set = null]) => stripped(self, set === null ? null : textArgument(set), true, false)],
  ['rstrip', (self, [set = null]) => stripped(self, set === null ? null : textArgument(set), false, true)],
  ['upper', (self) => self.toUpperCase()],
  ['lower', (self) => self.toLowerCase()],
  ['casefold', (self) => self.toLowerCase().replaceAll('ß', 'ss')],
  ['title', (self) => titled(self)],
  ['capitalize', (self) => capitalized(self)],
  ['swapcase', (self) => Array.from(self, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join('')],
  ['split', (self, [by, most], named) => split(self, by ?? named.get('sep'), wholeArgument(most ?? named.get('maxsplit'), -1))],
  ['rsplit', (self, [by, most], named) => splitFromRight(self, by ?? named.get('sep'), wholeArgument(most ?? named.get('maxsplit'), -1))],
  ['splitlines', (self) => (self === '' ? [] : self.replace(LAST_LINE_END, '').split(LINE_END))],
  [
    'replace',
    (self, [from, to, count], named) =>
      replaced(self, textArgument(from), textArgument(to), wholeArgument(count ?? named.get('count'), -1)),
  ],
  ['startswith', (self, [given]) => affix(self, given, (text, part) => text.startsWith(part))],
  ['endswith', (self, [given]) => affix(self, given, (text, part) => text.endsWith(part))],
  ['removeprefix', (self, [part]) => (self.startsWith(textArgument(part)) ? self.slice(textArgument(part).length) : self)],
  ['removesuffix', (self, [part]) => (self.endsWith(textArgument(part)) ? self.slice(0, self.length - textArgument(part).length) : self)],
  ['find', (self, [part]) => find(self, textArgument(part))],
  ['rfind', (self, [part]) => find(self, textArgument(part), true)],
  [
    'index',
    (self, [part]) => {
      const at = find(self, textArgument(part));
      if (at < 0) throw new Error('substring not found');
      return at;
    },
  ],
  ['count', (self, [part]) => (textArgument(part) === '' ? Array.from(self).length + 1 : self.split(textArgument(part)).length - 1)],
  [
    'join',
    (self, [items = null]) =>
      joinTexts(
        itemsOf(items).map((item) => textArgument(item)),
        self,
      ),
  ],
  ['format', (self, args, named) => formatted(self, args, named)],
  ['isdigit', (self) => every(self, /[\p{Nd}²³¹⁰⁴-⁹₀-₉]/u)],
  ['isnumeric', (self) => every(self, /\p{N}/u)],
  ['isalpha', (self) => every(self, /\p{L}/u)],
  ['isalnum', (self) => every(self, /[\p{L}\p{N}]/u)],
  ['isspace', (self) => every(self, ONE_SPACE)],
  ['isupper', (self) => self !== self.toLowerCase() && self === self.toUpperCase()],
  ['islower', (self) => self !== self.toUpperCase() && self === self.toLowerCase()],
  ['ljust', (self, [width, fill]) => filled(self, wholeArgument(width), textArgument(fill, ' '), () => 0)],
  ['rjust', (self, [width, fill]) => filled(self, wholeArgument(width), textArgument(fill, ' '), (gap) => gap)],
  [
    'center',
    (self, [width, fill]) =>
      filled(self, wholeArgument(width), textArgument(fill, ' '), (gap) => (gap >> 1) + (gap & wholeArgument(width) & 1)),
  ],
  ['zfill', (self, [width]) => filled(self, wholeArgument(width), '0', (gap) => gap)],
]);

const DICT = new Map<string, Method<Dict>>([
  [
    'get',
    (self, [key = null, otherwise = null]) =>
      typeof key === 'object' && key !== null ? otherwise : (self.get(key) ?? (self.has(key) ? null : otherwise)),
  ],
  ['keys', (self) => [...self.keys()]],
  ['values', (self) => [...self.values()]],
  ['items', (self) => [...self].map((pair) => new Tuple(pair))],
  ['copy', (self) => new Map(self)],
]);

const LIST = new Map<string, Method<Value[]>>([
  [
    'index',
    (self, [item = null]) => {
      const at = self.findIndex((each) => isEqual(each, item));
      if (at < 0) throw new Error(`${repr(item)} is not in list`);
      return at;
    },
  ],
  ['count', (self, [item = null]) => self.filter((each) => isEqual(each, item)).length],
  ['copy', (self) => [...self]],
]);

/** In order, texts without regard to case unless told, as Jinja sorts. */
export function sorted(items: readonly Value[], key: (item: Value) => Value, reverse: boolean, caseSensitive: boolean): Value[] {
  const keyed = items.map((item, index) => {
    const by = key(item);
    if (by instanceof Undefined) throw new TypeError(by.what);
    return { item, index, by: typeof by === 'string' && !caseSensitive ? by.toLowerCase() : by };
  });
  keyed.sort((a, b) => (reverse ? compare(b.by, a.by) : compare(a.by, b.by)) || a.index - b.index);
  return keyed.map(({ item }) => item);
}
