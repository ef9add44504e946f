// The filters and tests of templates, as Jinja 3 has them.
import { jsonOptions, jsonText } from './python_json.ts';
import { capitalized, replaced, sorted, stripped, textArgument, wholeArgument } from './python_methods.ts';
import { binary, compare } from './python_operators.ts';
import { Callable, Float, isEqual, isTrue, itemsOf, lengthOf, numberOf, Tuple, textOf, Undefined, type Value } from './python_values.ts';
import { joinTexts, spend } from './render_allowance.ts';

type Named = ReadonlyMap<string, Value>;
/** How filters reach what belongs to the interpreter: parts of values by name. */
type Member = (value: Value, key: Value) => Value;
type Filter = (value: Value, args: readonly Value[], named: Named, member: Member) => Value;
type Test = (value: Value, args: readonly Value[]) => boolean;

/** Throws for a filter that Jinja does not have, or that templates have had no use for (docs/decisions/chat-templates.md). */
export function applyFilter(name: string, value: Value, args: readonly Value[], named: Named, member: Member): Value {
  const filter = FILTERS.get(name);
  if (filter === undefined) throw new Error(`No filter named '${name}'.`);
  return filter(value, args, named, member);
}

export function applyTest(name: string, value: Value, args: readonly Value[]): boolean {
  const test = TESTS.get(name);
  if (test === undefined) throw new Error(`No test named '${name}'.`);
  return test(value, args);
}

/** map(attribute='a.b') and its like: the part of an item. */
function attributeOf(item: Value, attribute: Value, member: Member): Value {
  if (typeof attribute !== 'string') return member(item, attribute);
  return attribute.split('.').reduce<Value>((value, name) => member(value, /^\d+$/.test(name) ? Number(name) : name), item);
}

function byTest(keep: boolean, ofAttribute: boolean): Filter {
  return (value, args, _named, member) => {
    const [attribute, name, ...rest] = ofAttribute ? args : [null, ...args];
    if (ofAttribute && attribute === undefined) throw new TypeError('Missing parameter for attribute name');
    return itemsOf(value).filter((item) => {
      const part = ofAttribute ? attributeOf(item, attribute ?? null, member) : item;
      return (name === undefined ? isTrue(part) : applyTest(textArgument(name), part, rest)) === keep;
    });
  };
}

const map: Filter = (value, args, named, member) => {
  const attribute = named.get('attribute');
  if (attribute !== undefined) {
    const otherwise = named.get('default');
    return itemsOf(value).map((item) => {
      const part = attributeOf(item, attribute, member);
      return part instanceof Undefined && otherwise !== undefined ? otherwise : part;
    });
  }
  const [name, ...rest] = args;
  return itemsOf(value).map((item) => applyFilter(textArgument(name), item, rest, named, member));
};

const sort: Filter = (value, [reverse, caseSensitive, attribute], named, member) => {
  const by = attribute ?? named.get('attribute');
  const key = (item: Value) => (by === undefined || by === null ? item : attributeOf(item, by, member));
  return sorted(
    itemsOf(value),
    key,
    isTrue(reverse ?? named.get('reverse') ?? false),
    isTrue(caseSensitive ?? named.get('case_sensitive') ?? false),
  );
};

const unique: Filter = (value) => {
  const seen: Value[] = [];
  const folded = (item: Value) => (typeof item === 'string' ? item.toLowerCase() : item);
  for (const item of itemsOf(value)) if (!seen.some((each) => isEqual(folded(each), folded(item)))) seen.push(item);
  return seen;
};

function extreme(sign: number): Filter {
  return (value) => {
    const [first, ...rest] = itemsOf(value);
    if (first === undefined) return new Undefined('No aggregated item, sequence was empty.');
    return rest.reduce((best, item) => (sign * compare(item, best) > 0 ? item : best), first);
  };
}

function batched(value: Value, size: number): Value[] {
  if (size < 1) throw new Error('a batch needs a size');
  const items = itemsOf(value);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

function sliced(value: Value, slices: number): Value[] {
  if (slices < 1 || slices > 100_000) throw new Error('a number of slices is needed');
  const items = itemsOf(value);
  const each = Math.floor(items.length / slices);
  const longer = items.length % slices;
  const begin = (index: number) => index * each + Math.min(index, longer);
  return Array.from({ length: slices }, (_, index) => items.slice(begin(index), begin(index + 1)));
}

function roundHalfEven(value: number, digits: number): number {
  const scale = 10 ** digits;
  const scaled = value * scale;
  const floor = Math.floor(scaled);
  const up = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 !== 0);
  return (floor + (up ? 1 : 0)) / scale;
}

function toInteger(value: Value, otherwise: Value): Value {
  const number = numberOf(value);
  if (number !== null && Number.isFinite(number)) return Math.trunc(number);
  if (typeof value !== 'string') return otherwise;
  if (/^\s*[+-]?\d+(_\d+)*\s*$/.test(value)) return Number(value.replaceAll('_', ''));
  const float = toFloat(value, null);
  return float instanceof Float ? Math.trunc(float.value) : otherwise;
}

function toFloat(value: Value, otherwise: Value): Value {
  const number = numberOf(value);
  if (number !== null) return new Float(number);
  return typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value) ? new Float(Number(value)) : otherwise;
}

function indented(text: string, width: Value | undefined, first: boolean, blank: boolean): string {
  const by = typeof width === 'string' ? width : ' '.repeat(Math.min(1000, Math.max(0, wholeArgument(width, 4))));
  const [head = '', ...rest] = text.split('\n');
  spend(by.length * (rest.length + 1));
  return [first ? by + head : head, ...rest.map((line) => (line === '' && !blank ? line : by + line))].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&#39;', '"': '&#34;' };
const escaped: Filter = (value) => textOf(value).replace(/[&<>'"]/g, (character) => ENTITIES[character] ?? character);
const otherwise: Filter = (value, [given = '', falsy], named) => {
  const missing = value instanceof Undefined || (isTrue(falsy ?? named.get('boolean') ?? false) && !isTrue(value));
  return missing ? (named.get('default_value') ?? given) : value;
};
const length: Filter = (value) => lengthOf(value);
const pairs = (value: Value): Tuple[] => {
  if (value instanceof Undefined) return [];
  if (!(value instanceof Map)) throw new TypeError('Can only get item pairs from a mapping.');
  return [...value].map((pair) => new Tuple(pair));
};

const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['tojson', (value, args, named) => jsonText(value, jsonOptions(args, named))],
  [
    'trim',
    (value, [set = null], named) =>
      stripped(textOf(value), typeof (named.get('chars') ?? set) === 'string' ? textOf(named.get('chars') ?? set) : null, true, true),
  ],
  ['upper', (value) => textOf(value).toUpperCase()],
  ['lower', (value) => textOf(value).toLowerCase()],
  [
    'title',
    (value) =>
      textOf(value)
        .toLowerCase()
        .replace(/(^|[-\s({[<])(\S)/gu, (_, before: string, letter: string) => before + letter.toUpperCase()),
  ],
  ['capitalize', (value) => capitalized(textOf(value))],
  ['string', (value) => textOf(value)],
  ['safe', (value) => textOf(value)],
  ['escape', escaped],
  ['e', escaped],
  ['forceescape', escaped],
  ['replace', (value, [from, to]) => replaced(textOf(value), textArgument(from), textArgument(to), -1)],
  [
    'indent',
    (value, [width, first, blank], named) =>
      indented(
        textOf(value),
        width ?? named.get('width'),
        isTrue(first ?? named.get('first') ?? false),
        isTrue(blank ?? named.get('blank') ?? false),
      ),
  ],
  ['wordcount', (value) => textOf(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0],
  [
    'urlencode',
    (value) =>
      encodeURIComponent(textOf(value))
        .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
        .replaceAll('%2F', '/'),
  ],
  ['default', otherwise],
  ['d', otherwise],
  ['length', length],
  ['count', length],
  ['first', (value) => itemsOf(value)[0] ?? new Undefined('No first item, sequence was empty.')],
  ['last', (value) => itemsOf(value).at(-1) ?? new Undefined('No last item, sequence was empty.')],
  ['list', (value) => [...itemsOf(value)]],
  ['reverse', (value) => (typeof value === 'string' ? Array.from(value).reverse().join('') : [...itemsOf(value)].reverse())],
  [
    'join',
    (value, [by = '', attribute], named, member) => {
      const part = attribute ?? named.get('attribute');
      const texts = itemsOf(value).map((item) => textOf(part === undefined ? item : attributeOf(item, part, member)));
      return joinTexts(texts, textOf(named.get('d') ?? by));
    },
  ],
  ['map', map],
  ['select', byTest(true, false)],
  ['reject', byTest(false, false)],
  ['selectattr', byTest(true, true)],
  ['rejectattr', byTest(false, true)],
  ['sort', sort],
  ['unique', unique],
  ['min', extreme(-1)],
  ['max', extreme(1)],
  [
    'sum',
    (value, [attribute], named, member) =>
      itemsOf(value).reduce<Value>(
        (sum, item) =>
          binary(
            '+',
            sum,
            (attribute ?? named.get('attribute')) === undefined
              ? item
              : attributeOf(item, attribute ?? named.get('attribute') ?? null, member),
          ),
        named.get('start') ?? 0,
      ),
  ],
  ['batch', (value, [size]) => batched(value, wholeArgument(size))],
  ['slice', (value, [slices]) => sliced(value, wholeArgument(slices))],
  ['items', (value) => pairs(value)],
  ['dictsort', (value) => sorted(pairs(value), (pair) => (pair instanceof Tuple ? (pair.items[0] ?? null) : null), false, false)],
  ['int', (value, [given = 0], named) => toInteger(value, named.get('default') ?? given)],
  ['float', (value, [given = new Float(0)], named) => toFloat(value, named.get('default') ?? given)],
  ['abs', (value) => (value instanceof Float ? new Float(Math.abs(value.value)) : Math.abs(wholeArgument(value)))],
  [
    'round',
    (value, [digits], named) => {
      const number = numberOf(value);
      if (number === null) throw new TypeError('only numbers are rounded');
      const rounded = roundHalfEven(number, wholeArgument(digits ?? named.get('precision'), 0));
      return value instanceof Float ? new Float(rounded) : rounded;
    },
  ],
]);

const isDefined: Test = (value) => !(value instanceof Undefined);
const comparison =
  (operator: string): Test =>
  (value, [other = null]) =>
    isTrue(binary(operator, value, other));
const isIterable: Test = (value) =>
  typeof value === 'string' || Array.isArray(value) || value instanceof Map || value instanceof Tuple || value instanceof Undefined;
const remainder = (value: Value, by: number) => {
  const number = numberOf(value);
  if (number === null) throw new TypeError('only numbers have a remainder');
  return Math.abs(number % by);
};

const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', isDefined],
  ['undefined', (value) => value instanceof Undefined],
  ['none', (value) => value === null],
  ['true', (value) => value === true],
  ['false', (value) => value === false],
  ['boolean', (value) => typeof value === 'boolean'],
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => numberOf(value) !== null],
  ['integer', (value) => typeof value === 'number'],
  ['float', (value) => value instanceof Float],
  ['mapping', (value) => value instanceof Map],
  ['iterable', isIterable],
  ['sequence', isIterable],
  ['callable', (value) => value instanceof Callable],
  ['odd', (value) => remainder(value, 2) === 1],
  ['even', (value) => remainder(value, 2) === 0],
  ['divisibleby', (value, [by]) => remainder(value, wholeArgument(by)) === 0],
  ['lower', (value) => textOf(value) !== textOf(value).toUpperCase() && textOf(value) === textOf(value).toLowerCase()],
  ['upper', (value) => textOf(value) !== textOf(value).toLowerCase() && textOf(value) === textOf(value).toUpperCase()],
  ['in', (value, [container = null]) => isTrue(binary('in', value, container))],
  ['sameas', (value, [other = null]) => value === other],
  ['filter', (value) => FILTERS.has(textOf(value))],
  ['test', (value) => TESTS.has(textOf(value))],
  ...Object.entries({
    '==': ['eq', 'equalto'],
    '!=': ['ne'],
    '<': ['lt', 'lessthan'],
    '<=': ['le'],
    '>': ['gt', 'greaterthan'],
    '>=': ['ge'],
  }).flatMap(([operator, names]) => [operator, ...names].map((name): [string, Test] => [name, comparison(operator)])),
]);
