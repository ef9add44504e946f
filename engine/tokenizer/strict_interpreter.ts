// The hub's Jinja interpreter, made to refuse what Python's refuses: a part of something undefined, a text joined to what is no text.
import { type Environment, Interpreter } from '@huggingface/jinja';

type Node = Parameters<Interpreter['evaluate']>[0];
type Value = ReturnType<Interpreter['evaluate']>;

/** A node whose value is known, so that a child is not evaluated twice. */
class Known {
  readonly type = 'Known';
  readonly value: Value;
  constructor(value: Value) {
    this.value = value;
  }
}

export class StrictInterpreter extends Interpreter {
  override evaluate(statement: Node, environment: Environment): Value {
    if (statement instanceof Known) return statement.value;
    if (statement?.type === 'MemberExpression') return super.evaluate(this.checkedMember(statement, environment), environment);
    if (statement?.type === 'BinaryExpression') return super.evaluate(this.checkedSum(statement, environment), environment);
    return super.evaluate(statement, environment);
  }

  private checkedMember(node: object, environment: Environment): Node {
    if (!('object' in node)) return asNode(node);
    const value = this.evaluate(asNode(node.object), environment);
    if (value.type === 'UndefinedValue') throw new Error(`${nameOf(node.object)} is undefined`);
    return asNode({ ...node, type: 'MemberExpression', object: new Known(value) });
  }

  private checkedSum(node: object, environment: Environment): Node {
    const operator =
      'operator' in node && typeof node.operator === 'object' && node.operator !== null && 'value' in node.operator
        ? node.operator.value
        : '';
    if (operator !== '+' || !('left' in node) || !('right' in node)) return asNode(node);
    const left = this.evaluate(asNode(node.left), environment);
    const right = this.evaluate(asNode(node.right), environment);
    const texts = [left, right].filter(({ type }) => type === 'StringValue').length;
    if (texts === 1) throw new Error(`can only join a text to a text, not ${left.type} + ${right.type}`);
    return asNode({ ...node, type: 'BinaryExpression', left: new Known(left), right: new Known(right) });
  }
}

// The library keeps the classes of its nodes to itself; it reads only their fields.
function asNode(node: unknown): Node {
  return node as Node;
}

function nameOf(node: unknown): string {
  if (typeof node !== 'object' || node === null) return 'a value';
  if ('value' in node && typeof node.value === 'string') return `'${node.value}'`;
  if ('property' in node) return nameOf(node.property);
  return 'a value';
}
