// Statements of a chat template: what a template writes.
import { call, dict, evaluate, filtered, Scope } from './jinja_expressions.ts';
import type { Node } from './jinja_nodes.ts';
import { Callable, Fields, isEqual, isTrue, itemsOf, Tuple, textOf, Undefined, type Value } from './python_values.ts';
import { joinTexts, spend } from './render_allowance.ts';

class Break {}
class Continue {}

/** Throws what the template raises, and Python's errors in other words. */
export function runTemplate(program: Node, globals: ReadonlyMap<string, Value>): string {
  const scope = new Scope(null);
  for (const [name, value] of globals) scope.names.set(name, value);
  return program.type === 'Program' ? block(program.body, scope) : '';
}

function block(body: readonly Node[], scope: Scope): string {
  const out: string[] = [];
  write(body, scope, out);
  return joinTexts(out, '');
}

function write(body: readonly Node[], scope: Scope, out: string[]): void {
  for (const node of body) statement(node, scope, out);
}

function statement(node: Node, scope: Scope, out: string[]): void {
  switch (node.type) {
    case 'Comment':
      return;
    case 'If':
      write(isTrue(evaluate(node.test, scope)) ? node.body : node.alternate, scope, out);
      return;
    case 'For':
      loop(node, scope, out);
      return;
    case 'Break':
      throw new Break();
    case 'Continue':
      throw new Continue();
    case 'Set':
      assignBlock(node.assignee, node.value === null ? block(node.body, new Scope(scope)) : evaluate(node.value, scope), scope);
      return;
    case 'Macro':
      scope.names.set(node.name.value, macro(node.name.value, node.args, node.body, scope));
      return;
    case 'CallStatement': {
      const caller = macro('caller', node.callerArgs ?? [], node.body, scope);
      out.push(textOf(call(node.call, scope, new Map([['caller', caller]]))));
      return;
    }
    case 'FilterStatement':
      out.push(textOf(filtered(node.filter, block(node.body, new Scope(scope)), scope)));
      return;
    default: {
      const text = textOf(evaluate(node, scope));
      spend(text.length + 8);
      out.push(text);
    }
  }
}

/** {% set x | upper %}...{% endset %} filters what the block wrote. */
function assignBlock(target: Node, value: Value, scope: Scope): void {
  if (target.type === 'FilterExpression') assignBlock(target.operand, filtered(target.filter, value, scope), scope);
  else assign(target, value, scope);
}

function assign(target: Node, value: Value, scope: Scope): void {
  if (target.type === 'Identifier') scope.names.set(target.value, value);
  else if (target.type === 'TupleLiteral') {
    const items = itemsOf(value);
    if (items.length !== target.value.length) throw new Error(`${items.length} values for ${target.value.length} names`);
    target.value.forEach((name, index) => {
      assign(name, items[index] ?? null, scope);
    });
  } else if (target.type === 'MemberExpression' && !target.computed && target.property.type === 'Identifier') {
    const object = evaluate(target.object, scope);
    if (!(object instanceof Fields && object.writable)) throw new Error('cannot assign attribute on non-namespace object');
    object.fields.set(target.property.value, value);
  } else throw new Error('cannot assign to this');
}

function loop({ loopvar, iterable, body, defaultBlock }: Extract<Node, { type: 'For' }>, scope: Scope, out: string[]): void {
  const items = iterable.type === 'SelectExpression' ? selected(loopvar, iterable, scope) : iterated(evaluate(iterable, scope));
  if (items.length === 0) write(defaultBlock, new Scope(scope), out);
  let changed: Value[] | null = null;
  const changes = new Callable('changed', (args) => {
    const same = changed !== null && isEqual(changed, args);
    changed = args;
    return !same;
  });
  for (const [index, item] of items.entries()) {
    const inner = new Scope(scope);
    assign(loopvar, item, inner);
    inner.names.set('loop', loopFields(items, index, changes));
    try {
      write(body, inner, out);
    } catch (error) {
      if (error instanceof Break) return;
      if (!(error instanceof Continue)) throw error;
    }
  }
}

/** A copy, so that what the body does to the list does not matter. */
function iterated(value: Value): Value[] {
  return [...itemsOf(value)];
}

function selected(loopvar: Node, { lhs, test }: Extract<Node, { type: 'SelectExpression' }>, scope: Scope): Value[] {
  return iterated(evaluate(lhs, scope)).filter((item) => {
    const inner = new Scope(scope);
    assign(loopvar, item, inner);
    return isTrue(evaluate(test, inner));
  });
}

function loopFields(items: readonly Value[], index: number, changes: Callable): Fields {
  const { length } = items;
  const none = new Undefined('there is no such item');
  const itemAt = (place: number) => items[place] ?? (place >= 0 && place < length ? null : none);
  return new Fields(
    new Map<string, Value>([
      ['index', index + 1],
      ['index0', index],
      ['revindex', length - index],
      ['revindex0', length - index - 1],
      ['first', index === 0],
      ['last', index === length - 1],
      ['length', length],
      ['depth', 1],
      ['depth0', 0],
      ['previtem', itemAt(index - 1)],
      ['nextitem', itemAt(index + 1)],
      ['cycle', new Callable('cycle', (args) => args[index % Math.max(1, args.length)] ?? none)],
      ['changed', changes],
    ]),
    false,
  );
}

function macro(name: string, parameters: readonly Node[], body: readonly Node[], scope: Scope): Callable {
  return new Callable(name, (args, named) => {
    const inner = new Scope(scope);
    const rest = new Map(named);
    parameters.forEach((parameter, index) => {
      const key =
        parameter.type === 'KeywordArgumentExpression' ? parameter.key.value : parameter.type === 'Identifier' ? parameter.value : '';
      const given = index < args.length ? (args[index] ?? null) : rest.get(key);
      const otherwise =
        parameter.type === 'KeywordArgumentExpression'
          ? evaluate(parameter.value, inner)
          : new Undefined(`parameter '${key}' was not provided`);
      inner.names.set(key, given === undefined ? otherwise : given);
      rest.delete(key);
    });
    const caller = rest.get('caller');
    if (caller !== undefined) inner.names.set('caller', caller);
    rest.delete('caller');
    inner.names.set('varargs', new Tuple(args.slice(parameters.length)));
    inner.names.set('kwargs', new Map(rest));
    return block(body, inner);
  });
}

/** namespace(a=1) and namespace({'a': 1}). */
export const namespace = new Callable('namespace', ([first], named) => {
  const fields = first === undefined ? [] : [...dict(first)].map(([key, value]): [string, Value] => [String(key), value]);
  return new Fields(new Map([...fields, ...named]), true);
});
