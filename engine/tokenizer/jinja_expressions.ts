// Expressions of a chat template, evaluated as Jinja 3 over Python values evaluates them.
import { applyFilter, applyTest } from './jinja_filters.ts';
import type { CallNode, NameNode, Node, SliceNode } from './jinja_nodes.ts';
import { methodOf } from './python_methods.ts';
import { binary, slice } from './python_operators.ts';
import { Callable, type Dict, Fields, Float, isTrue, itemsOf, numberOf, Tuple, typeName, Undefined, type Value } from './python_values.ts';
import { spend } from './render_allowance.ts';

/** Names and their values; a loop or a macro has a scope of its own. */
export class Scope {
  readonly names = new Map<string, Value>();
  private readonly parent: Scope | null;

  constructor(parent: Scope | null) {
    this.parent = parent;
  }

  get(name: string): Value | undefined {
    const value = this.names.get(name);
    return value !== undefined || this.names.has(name) ? value : this.parent?.get(name);
  }
}

const CONSTANTS = new Map<string, Value>([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

export interface Arguments {
  args: Value[];
  named: Map<string, Value>;
}

/** Throws what Python would, in other words. */
export function evaluate(node: Node, scope: Scope): Value {
  switch (node.type) {
    case 'Identifier': {
      const constant = CONSTANTS.get(node.value);
      if (constant !== undefined) return constant;
      return scope.get(node.value) ?? (scope.get(node.value) === null ? null : new Undefined(`'${node.value}' is undefined`));
    }
    case 'StringLiteral':
    case 'IntegerLiteral':
      return node.value;
    case 'FloatLiteral':
      return new Float(node.value);
    case 'ArrayLiteral':
      return node.value.map((item) => evaluate(item, scope));
    case 'TupleLiteral':
      return new Tuple(node.value.map((item) => evaluate(item, scope)));
    case 'ObjectLiteral':
      return new Map([...node.value].map(([key, value]) => [keyOf(evaluate(key, scope)), evaluate(value, scope)]));
    case 'BinaryExpression':
      return binaryExpression(node.operator.value, node.left, node.right, scope);
    case 'UnaryExpression':
      return unary(node.operator.value, evaluate(node.argument, scope));
    case 'Ternary':
      return evaluate(isTrue(evaluate(node.condition, scope)) ? node.trueExpr : node.falseExpr, scope);
    case 'SelectExpression':
      return isTrue(evaluate(node.test, scope))
        ? evaluate(node.lhs, scope)
        : new Undefined('the inline if-expression was false and has no else');
    case 'TestExpression':
      return applyTest(node.test.value, evaluate(node.operand, scope), []) !== node.negate;
    case 'FilterExpression':
      return counted(filtered(node.filter, evaluate(node.operand, scope), scope));
    case 'MemberExpression':
      return memberExpression(node.object, node.property, node.computed, scope);
    case 'CallExpression':
      return counted(call(node, scope));
    default:
      throw new Error(`a ${node.type} is no value`);
  }
}

function counted(value: Value): Value {
  spend(typeof value === 'string' ? value.length : Array.isArray(value) ? 8 * value.length : 1);
  return value;
}

function binaryExpression(operator: string, left: Node, right: Node, scope: Scope): Value {
  const first = evaluate(left, scope);
  if (operator === 'and') return isTrue(first) ? evaluate(right, scope) : first;
  if (operator === 'or') return isTrue(first) ? first : evaluate(right, scope);
  return binary(operator, first, evaluate(right, scope));
}

function unary(operator: string, value: Value): Value {
  if (operator === 'not') return !isTrue(value);
  const number = numberOf(value);
  if (number === null)
    throw new TypeError(value instanceof Undefined ? value.what : `bad operand type for unary ${operator}: '${typeName(value)}'`);
  const signed = operator === '-' ? -number : number;
  return value instanceof Float ? new Float(signed) : signed + 0;
}

function memberExpression(object: Node, property: Node, computed: boolean, scope: Scope): Value {
  const value = evaluate(object, scope);
  if (property.type === 'SliceExpression') return slice(value, bounds(property, scope));
  if (computed) return member(value, evaluate(property, scope));
  if (property.type === 'IntegerLiteral') return member(value, property.value);
  if (property.type !== 'Identifier') throw new Error('a name is expected after a dot');
  if (value instanceof Undefined) throw new Error(value.what);
  return methodOf(value, property.value) ?? member(value, property.value);
}

function bounds({ start, stop, step }: SliceNode, scope: Scope): [Value, Value, Value] {
  const bound = (node: Node | undefined) => (node === undefined ? null : evaluate(node, scope));
  return [bound(start), bound(stop), bound(step)];
}

/** value[key]: an item, else an attribute of that name, else undefined. */
export function member(value: Value, key: Value): Value {
  if (value instanceof Undefined) throw new Error(value.what);
  const found = item(value, key);
  if (found !== undefined) return found;
  const method = typeof key === 'string' ? methodOf(value, key) : undefined;
  if (method !== undefined) return method;
  return new Undefined(`'${typeName(value)} object' has no attribute ${typeof key === 'string' ? `'${key}'` : 'of that number'}`);
}

function item(value: Value, key: Value): Value | undefined {
  if (value instanceof Map) return key === null || typeof key !== 'object' ? value.get(key) : undefined;
  if (value instanceof Fields) return typeof key === 'string' ? value.fields.get(key) : undefined;
  const index = typeof key === 'number' || typeof key === 'boolean' ? Number(key) : null;
  if (index === null || !(typeof value === 'string' || Array.isArray(value) || value instanceof Tuple)) return undefined;
  return itemsOf(value).at(index);
}

function keyOf(value: Value): string | number | boolean | null {
  if (value === null || typeof value !== 'object') return value;
  throw new TypeError(`unhashable type: '${typeName(value)}'`);
}

export function filtered(filter: NameNode | CallNode, value: Value, scope: Scope): Value {
  if (filter.type === 'Identifier') return applyFilter(filter.value, value, [], new Map(), member);
  if (filter.callee.type !== 'Identifier') throw new Error('a filter has a name');
  const { args, named } = argumentsOf(filter.args, scope);
  return applyFilter(filter.callee.value, value, args, named, member);
}

export function call(node: CallNode, scope: Scope, more: ReadonlyMap<string, Value> = new Map()): Value {
  const callee = evaluate(node.callee, scope);
  if (callee instanceof Undefined) throw new Error(callee.what);
  if (!(callee instanceof Callable)) throw new TypeError(`'${typeName(callee)}' object is not callable`);
  const { args, named } = argumentsOf(node.args, scope);
  return callee.call(args, new Map([...named, ...more]));
}

function argumentsOf(nodes: readonly Node[], scope: Scope): Arguments {
  const args: Value[] = [];
  const named = new Map<string, Value>();
  for (const node of nodes) {
    if (node.type === 'KeywordArgumentExpression') named.set(node.key.value, evaluate(node.value, scope));
    else if (node.type === 'SpreadExpression') args.push(...itemsOf(evaluate(node.argument, scope)));
    else if (node.type === 'KeywordSpreadExpression')
      for (const [key, value] of dict(evaluate(node.argument, scope))) named.set(String(key), value);
    else args.push(evaluate(node, scope));
  }
  return { args, named };
}

export function dict(value: Value | undefined): Dict {
  if (value instanceof Map) return value;
  throw new TypeError('a mapping is expected');
}
