// Rendering one chat template, synchronously. A template is a program of whoever published the model: template_thread.ts gives it an end.
import { Environment, parse, tokenize } from '@huggingface/jinja';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { StrictInterpreter } from './strict_interpreter.ts';
import { timeText } from './time_text.ts';

/** More items than any template's own loop needs. */
const LONGEST_RANGE = 1_000_000;

/** What transformers gives every template. */
const GLOBALS = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range,
  strftime_now: (format: unknown) => timeText(new Date(), String(format)),
  raise_exception: (message: unknown) => {
    throw new Error(String(message));
  },
};

function range(first: unknown, last?: unknown, step: unknown = 1): number[] {
  const [begin, end, by] = last === undefined || last === null ? [0, first, 1] : [first, last, step];
  if (!isWhole(begin) || !isWhole(end) || !isWhole(by) || by === 0) throw new Error('range takes whole numbers');
  const count = Math.max(0, Math.ceil((end - begin) / by));
  if (count > LONGEST_RANGE) throw new RangeError(`a range of ${count}`);
  return Array.from({ length: count }, (_, index) => begin + index * by);
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Throws INVALID_REQUEST with what the template said, for a chat it refuses; TOKENIZER_INVALID for a template that is no template. */
export function renderTemplate(source: string, variables: Readonly<Record<string, unknown>>): string {
  let program: ReturnType<typeof parse>;
  try {
    // As transformers sets Jinja up.
    program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  } catch (error) {
    throw new HeadscopeError('TOKENIZER_INVALID', `The chat template cannot be read: ${reason(error)}.`);
  }
  try {
    const environment = new Environment();
    for (const [name, value] of Object.entries({ ...GLOBALS, ...variables })) environment.set(name, value);
    return String(new StrictInterpreter(environment).run(program).value);
  } catch (error) {
    if (error instanceof RangeError) throw new HeadscopeError('LIMIT_EXCEEDED', `The chat template asks for too much: ${reason(error)}.`);
    throw new HeadscopeError('INVALID_REQUEST', `The chat template refuses this chat: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
