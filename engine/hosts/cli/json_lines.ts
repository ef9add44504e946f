// Lines in, lines out: each line of standard input is answered by one line, in order, whatever is wrong with it.
import { codedError, errorToBody } from '../../protocol/envelope.ts';
import { HeadscopeError } from '../../protocol/errors.ts';
import type { Output } from './io.ts';

/** Bytes; a longer line is answered by an error and skipped. */
const MAX_LINE = 256 << 20;
const NEWLINE = 0x0a;

/** Lines of UTF-8, or what is wrong with a line. \r\n ends one too; the last one needs no end. */
export async function* linesOf(input: AsyncIterable<Uint8Array>, maxLength = MAX_LINE): AsyncGenerator<string | HeadscopeError> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length > maxLength) parts = [];
    else parts.push(part);
  };
  const take = () => {
    const line = length > maxLength ? tooLong(maxLength) : textOf(Buffer.concat(parts));
    parts = [];
    length = 0;
    return line;
  };
  for await (const bytes of input) {
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
      add(bytes.subarray(from, end));
      from = end + 1;
      yield take();
    }
    // The reader may fill its buffer again.
    add(bytes.slice(from));
  }
  if (length > 0) yield take();
}

function tooLong(maxLength: number): HeadscopeError {
  return new HeadscopeError('LIMIT_EXCEEDED', `The line has more than ${maxLength} bytes.`);
}

function textOf(bytes: Uint8Array): string | HeadscopeError {
  try {
    const line = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  } catch {
    return new HeadscopeError('INVALID_REQUEST', 'The line is not UTF-8 text.');
  }
}

/**
 * Answers every line that is not blank; what `answer` throws becomes {"error": {code, message}}. Ends with the input, when asked to stop
 * (CANCELLED), and when nobody reads the answers any more.
 */
export async function answerLines(
  input: AsyncIterable<Uint8Array>,
  output: Output,
  signal: AbortSignal,
  answer: (line: string) => Promise<Record<string, unknown>>,
): Promise<{ lines: number; errors: number }> {
  const counts = { lines: 0, errors: 0 };
  for await (const line of linesOf(input)) {
    if (signal.aborted) throw new HeadscopeError('CANCELLED', 'Interrupted.');
    if (output.gone) break;
    if (typeof line === 'string' && line.trim() === '') continue;
    counts.lines += 1;
    try {
      if (typeof line !== 'string') throw line;
      output.write(`${oneLine(await answer(line))}\n`);
    } catch (error) {
      if (signal.aborted) throw error;
      counts.errors += 1;
      const { code, message } = errorToBody(codedError(error));
      output.write(`${oneLine({ error: { code, message } })}\n`);
    }
  }
  return counts;
}

/** Some readers, Python's str.splitlines among them, end a line at these characters too. */
function oneLine(value: Record<string, unknown>): string {
  return JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
