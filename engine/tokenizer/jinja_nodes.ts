// The tree that the hub's parser makes of a template. It keeps the classes of its nodes to itself; these are their fields.

interface Operator {
  value: string;
}

export type Node =
  | { type: 'Program'; body: Node[] }
  | { type: 'If'; test: Node; body: Node[]; alternate: Node[] }
  | { type: 'For'; loopvar: Node; iterable: Node; body: Node[]; defaultBlock: Node[] }
  | { type: 'Break' | 'Continue' }
  | { type: 'Comment' }
  | { type: 'Set'; assignee: Node; value: Node | null; body: Node[] }
  | { type: 'Macro'; name: NameNode; args: Node[]; body: Node[] }
  | { type: 'CallStatement'; call: CallNode; callerArgs: Node[] | null; body: Node[] }
  | { type: 'FilterStatement'; filter: NameNode | CallNode; body: Node[] }
  | { type: 'MemberExpression'; object: Node; property: Node; computed: boolean }
  | CallNode
  | NameNode
  | { type: 'IntegerLiteral' | 'FloatLiteral'; value: number }
  | { type: 'StringLiteral'; value: string }
  | { type: 'ArrayLiteral' | 'TupleLiteral'; value: Node[] }
  | { type: 'ObjectLiteral'; value: Map<Node, Node> }
  | { type: 'BinaryExpression'; operator: Operator; left: Node; right: Node }
  | { type: 'FilterExpression'; operand: Node; filter: NameNode | CallNode }
  | { type: 'SelectExpression'; lhs: Node; test: Node }
  | { type: 'TestExpression'; operand: Node; negate: boolean; test: NameNode }
  | { type: 'UnaryExpression'; operator: Operator; argument: Node }
  | { type: 'Ternary'; condition: Node; trueExpr: Node; falseExpr: Node }
  | SliceNode
  | { type: 'KeywordArgumentExpression'; key: NameNode; value: Node }
  | { type: 'SpreadExpression' | 'KeywordSpreadExpression'; argument: Node };

export type NameNode = { type: 'Identifier'; value: string };
export type CallNode = { type: 'CallExpression'; callee: Node; args: Node[] };
export type SliceNode = { type: 'SliceExpression'; start?: Node; stop?: Node; step?: Node };
