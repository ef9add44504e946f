// The values of a chat template as Python has them: templates print None, True, 2.0 and ['a'], and tell a tuple from a list.
import { joinTexts } from './render_allowance.ts';

/** A number with a fraction, or one that could have: JSON's 2.0 is not 2. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export class Tuple {
  readonly items: readonly Value[];
  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** What a name or key without a value is; `what` is the sentence that says so. */
export class Undefined {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

export class Callable {
  readonly name: string;
  readonly call: (args: Value[], named: ReadonlyMap<string, Value>) => Value;
  constructor(name: string, call: (args: Value[], named: ReadonlyMap<string, Value>) => Value) {
    this.name = name;
    this.call = call;
  }
}

/** namespace() and loop: fields, and in a namespace they may be set. */
export class Fields {
  readonly fields: Map<string, Value>;
  readonly writable: boolean;
  constructor(fields: Map<string, Value>, writable: boolean) {
    this.fields = fields;
    this.writable = writable;
  }
}

export type Dict = Map<string | number | boolean | null, Value>;
/** A whole number is a JavaScript number: exact up to 2^53. */
export type Value = string | number | boolean | null | Float | Undefined | Tuple | Callable | Fields | Value[] | Dict;

/** Under this key an object of JSON stands for a number that was written with a fraction or an exponent. */
export const FLOAT_KEY = '\u0000float';

/** From what JSON gives. Throws for what it does not. */
export function fromJson(value: unknown, depth = 0): Value {
  if (depth > 200) throw new Error('the values are nested too deeply');
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? value : new Float(value);
  if (value === undefined) return new Undefined('a value');
  if (Array.isArray(value)) return value.map((item) => fromJson(item, depth + 1));
  if (typeof value === 'object') {
    if (FLOAT_KEY in value && typeof value[FLOAT_KEY] === 'number') return new Float(value[FLOAT_KEY]);
    return new Map(Object.entries(value).map(([key, item]) => [key, fromJson(item, depth + 1)]));
  }
  throw new Error(`a ${typeof value} is no value of a template`);
}

/** JSON text with every number that Python reads as a float marked by FLOAT_KEY, for JSON.parse, which forgets that 2.0 is none of the integers. */
export function markFloats(json: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === 0x22) {
      for (at++; at < json.length && json.charCodeAt(at) !== 0x22; at++) if (json.charCodeAt(at) === 0x5c) at++;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at;
      const text = NUMBER.exec(json)?.[0] ?? '';
      if (/[.eE]/.test(text)) {
        parts.push(json.slice(from, at), `{${JSON.stringify(FLOAT_KEY)}:${text}}`);
        from = at + text.length;
      }
      at += Math.max(0, text.length - 1);
    }
  }
  return parts.length === 0 ? json : parts.join('') + json.slice(from);
}
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Map) return 'dict';
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Callable) return 'function';
  return Array.isArray(value) ? 'list' : 'object';
}

/** A number's value, booleans being 0 and 1; null for what is no number. */
export function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : null;
}

export function isTrue(value: Value): boolean {
  const number = numberOf(value);
  if (number !== null) return number !== 0;
  if (value === null || value instanceof Undefined) return false;
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  if (value instanceof Tuple) return value.items.length > 0;
  return value instanceof Map ? value.size > 0 : true;
}

export function isEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== null || y !== null) return x === y;
  if (a instanceof Undefined && b instanceof Undefined) return true;
  if (a instanceof Tuple && b instanceof Tuple) return isEqual([...a.items], [...b.items]);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => isEqual(item, b[index] ?? null));
  if (a instanceof Map && b instanceof Map)
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && isEqual(item, b.get(key) ?? null));
  return false;
}

/** repr of a float: the shortest digits that read back, an exponent below 1e-4 and from 1e16 on. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const text = Object.is(value, -0)
    ? '-0'
    : power < 0
      ? value.toFixed(Math.max(0, digits.replace(/[-.]/g, '').length - 1 - power))
      : String(value);
  return text.includes('.') ? text : `${text}.0`;
}

/** str(value), which is what {{ }} prints. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : value instanceof Undefined ? '' : repr(value);
}

export function repr(value: Value, depth = 0): string {
  if (depth > 200) throw new Error('the value is nested too deeply');
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number') return String(BigInt(value));
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof Float) return floatText(value.value);
  if (value instanceof Undefined) return 'Undefined';
  const inside = (item: Value) => repr(item, depth + 1);
  if (Array.isArray(value)) return `[${joinTexts(value.map(inside), ', ')}]`;
  if (value instanceof Tuple) return `(${joinTexts(value.items.map(inside), ', ')}${value.items.length === 1 ? ',' : ''})`;
  if (value instanceof Map) {
    const pairs = [...value].map(([key, item]) => `${inside(key)}: ${inside(item)}`);
    return `{${joinTexts(pairs, ', ')}}`;
  }
  return value instanceof Callable ? `<function ${value.name}>` : '<object>';
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' };

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replace(/[\\'"]|[\p{C}\p{Z}]/gu, (character) => {
    if (character === ' ' || ((character === '"' || character === "'") && character !== quote)) return character;
    if (character === quote) return `\\${quote}`;
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return (
      ESCAPES[character] ??
      (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : code < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`)
    );
  });
  return quote + body + quote;
}

/** What a for loop goes over: characters (code points), items, keys. Throws for what it cannot. */
export function itemsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return Array.from(value);
  if (value instanceof Tuple) return value.items;
  if (value instanceof Map) return [...value.keys()];
  if (value instanceof Undefined) return [];
  throw new TypeError(`'${typeName(value)}' object is not iterable`);
}

export function lengthOf(value: Value): number {
  if (value instanceof Map) return value.size;
  if (value === null || numberOf(value) !== null || value instanceof Callable || value instanceof Fields)
    throw new TypeError(`object of type '${typeName(value)}' has no len()`);
  return typeof value === 'string' && !/[\ud800-\udbff]/.test(value) ? value.length : itemsOf(value).length;
}
