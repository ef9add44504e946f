// Rendering one chat template, synchronously. A template is a program of whoever published the model: template_thread.ts gives it an end.
// The hub's own parser reads it; what it means is ours, because a template is written for Python (docs/decisions/chat-templates.md).
import { parse, tokenize } from '@huggingface/jinja';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Node } from './jinja_nodes.ts';
import { namespace, runTemplate } from './jinja_statements.ts';
import { textArgument, wholeArgument } from './python_methods.ts';
import { Callable, fromJson, textOf, type Value } from './python_values.ts';
import { startAllowance } from './render_allowance.ts';
import { timeText } from './time_text.ts';

/** More items than any template's own loop needs. */
const LONGEST_RANGE = 1_000_000;

/** What transformers and Jinja give every template. */
const GLOBALS: readonly Callable[] = [
  namespace,
  new Callable('range', (args) => range(args.map((bound) => wholeArgument(bound)))),
  new Callable('dict', ([first], named) => new Map([...(first instanceof Map ? first : []), ...named])),
  new Callable('strftime_now', ([format]) => timeText(new Date(), textArgument(format))),
  new Callable('raise_exception', ([message = '']) => {
    throw new Error(textOf(message));
  }),
];

function range([first = 0, last, by = 1]: readonly number[]): number[] {
  const [begin, end] = last === undefined ? [0, first] : [first, last];
  if (by === 0) throw new Error('range() arg 3 must not be zero');
  const count = Math.max(0, Math.ceil((end - begin) / by));
  if (count > LONGEST_RANGE) throw new RangeError(`a range of ${count}`);
  return Array.from({ length: count }, (_, index) => begin + index * by);
}

/** Variables as JSON has them. Throws INVALID_REQUEST with what the template said, for a chat it refuses; TOKENIZER_INVALID for no template. */
export function renderTemplate(source: string, variables: Readonly<Record<string, unknown>>): string {
  let program: Node;
  try {
    // As transformers sets Jinja up; Jinja itself makes all ends of lines one.
    program = asNode(parse(tokenize(source.replace(/\r\n?/g, '\n'), { lstrip_blocks: true, trim_blocks: true })));
  } catch (error) {
    throw new HeadscopeError('TOKENIZER_INVALID', `The chat template cannot be read: ${reason(error)}.`);
  }
  try {
    startAllowance();
    const globals = new Map<string, Value>(GLOBALS.map((each) => [each.name, each]));
    for (const [name, value] of Object.entries(variables)) if (value !== undefined) globals.set(name, fromJson(value));
    return runTemplate(program, globals);
  } catch (error) {
    if (error instanceof RangeError) throw new HeadscopeError('LIMIT_EXCEEDED', `The chat template asks for too much: ${reason(error)}.`);
    throw new HeadscopeError('INVALID_REQUEST', `The chat template refuses this chat: ${reason(error)}`);
  }
}

// The parser's type says only that a node has a type.
function asNode(program: unknown): Node {
  return program as Node;
}

function reason(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
