// Operators of a template's expressions, with Python's meaning and Python's refusals.
import {
  Fields,
  Float,
  isEqual,
  itemsOf,
  lengthOf,
  numberOf,
  repr,
  Tuple,
  textOf,
  typeName,
  Undefined,
  type Value,
} from './python_values.ts';
import { spend } from './render_allowance.ts';

export function binary(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '~':
      return joined(textOf(left), textOf(right));
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right, operator) < 0;
    case '>':
      return compare(left, right, operator) > 0;
    case '<=':
      return compare(left, right, operator) <= 0;
    case '>=':
      return compare(left, right, operator) >= 0;
    default:
      return arithmetic(operator, left, right);
  }
}

function arithmetic(operator: string, left: Value, right: Value): Value {
  for (const side of [left, right]) if (side instanceof Undefined) throw new TypeError(side.what);
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== null && b !== null) {
    const value = onNumbers(operator, a, b);
    if (value !== null)
      return left instanceof Float || right instanceof Float || operator === '/' || !Number.isInteger(value) ? new Float(value) : value;
  } else if (operator === '+') {
    if (typeof left === 'string' && typeof right === 'string') return joined(left, right);
    if (Array.isArray(left) && Array.isArray(right)) {
      spend(8 * (left.length + right.length));
      return left.concat(right);
    }
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  } else if (operator === '*') {
    const [many, count] = a === null ? [left, right] : [right, left];
    if (typeof count === 'number' || typeof count === 'boolean') return repeated(many, Number(count));
  } else if (operator === '%' && typeof left === 'string') return percent(left, right);
  throw new TypeError(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

function joined(left: string, right: string): string {
  spend(left.length + right.length);
  return left + right;
}

function onNumbers(operator: string, a: number, b: number): number | null {
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) throw new Error('division by zero');
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%': {
      // The sign of the divisor, as Python has it.
      const rest = a % b;
      return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
    }
    case '**':
      return a ** b;
    default:
      return null;
  }
}

function repeated(value: Value, count: number): Value {
  const times = Math.max(0, count);
  if (typeof value !== 'string' && !Array.isArray(value)) throw new TypeError(`can't multiply '${typeName(value)}' by a number`);
  spend((typeof value === 'string' ? 1 : 8) * (value.length + 1) * times);
  return typeof value === 'string' ? value.repeat(times) : Array.from({ length: times }, () => value).flat();
}

/** 'text %s' % value. */
function percent(format: string, value: Value): string {
  const given = value instanceof Tuple ? [...value.items] : [value];
  let next = 0;
  const text = format.replace(/%(%|[sdr]|\.(\d+)f)/g, (_, kind: string, digits: string | undefined) => {
    if (kind === '%') return '%';
    const item = given[next++];
    if (item === undefined) throw new TypeError('not enough arguments for format string');
    if (kind === 's') return textOf(item);
    if (kind === 'r') return repr(item);
    const number = numberOf(item);
    if (number === null) throw new TypeError(`a number is required, not ${typeName(item)}`);
    return digits === undefined ? String(Math.trunc(number)) : number.toFixed(Number(digits));
  });
  if (next < given.length) throw new TypeError('not all arguments converted during string formatting');
  return text;
}

/** Below, at or above 0. Texts by their code points. Throws for kinds that have no order. */
export function compare(left: Value, right: Value, operator = '<'): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== null && b !== null) return a - b;
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  const lists = [left, right].map((side) => (side instanceof Tuple ? side.items : Array.isArray(side) ? side : null));
  const [x, y] = lists;
  if (x && y) {
    for (let index = 0; index < Math.min(x.length, y.length); index++) {
      const order = compare(x[index] ?? null, y[index] ?? null, operator);
      if (order !== 0) return order;
    }
    return x.length - y.length;
  }
  throw new TypeError(`'${operator}' not supported between instances of '${typeName(left)}' and '${typeName(right)}'`);
}

function compareTexts(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const order = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function contains(container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item === 'string') return container.includes(item);
    throw new TypeError(`'in <string>' requires string as left operand, not ${typeName(item)}`);
  }
  if (container instanceof Map) return (typeof item === 'string' || typeof item === 'number') && container.has(item);
  if (container === null || numberOf(container) !== null || container instanceof Fields)
    throw new TypeError(`argument of type '${typeName(container)}' is not iterable`);
  return itemsOf(container).some((each) => isEqual(each, item));
}

/** value[start:stop:step]; null where a bound is left out. */
export function slice(value: Value, bounds: readonly [Value, Value, Value]): Value {
  const [start, stop, by] = bounds.map((bound) => {
    if (bound === null) return null;
    if (typeof bound !== 'number') throw new TypeError('slice indices must be integers or None');
    return bound;
  });
  const step = by ?? 1;
  if (step === 0) throw new Error('slice step cannot be zero');
  if (value instanceof Undefined) throw new TypeError(value.what);
  if (!(typeof value === 'string' || Array.isArray(value) || value instanceof Tuple))
    throw new TypeError(`'${typeName(value)}' has no slices`);
  spend(8 * lengthOf(value));
  const items = itemsOf(value);
  const [low, high] = step > 0 ? [0, items.length] : [-1, items.length - 1];
  const place = (bound: number | null | undefined, otherwise: number) =>
    bound === null || bound === undefined ? otherwise : Math.min(high, Math.max(low, bound < 0 ? bound + items.length : bound));
  const end = place(stop, step > 0 ? high : low);
  const taken: Value[] = [];
  for (let at = place(start, step > 0 ? low : high); step > 0 ? at < end : at > end; at += step) taken.push(items[at] ?? null);
  if (typeof value === 'string') return taken.map(textOf).join('');
  return value instanceof Tuple ? new Tuple(taken) : taken;
}
