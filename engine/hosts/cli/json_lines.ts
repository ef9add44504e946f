// Lines in, lines out: each line of standard input is answered by one line, in order, whatever is wrong with it.
import { codedError, errorToBody } from '../../protocol/envelope.ts';
import { HeadscopeError } from '../../protocol/errors.ts';

/** Characters; a longer line is answered by an error and skipped. */
const MAX_LINE = 128 << 20;

/** Lines of UTF-8; null stands for one that is too long. \r\n ends a line too; the last one needs no end. */
export async function* linesOf(input: AsyncIterable<Uint8Array>, maxLength = MAX_LINE): AsyncGenerator<string | null> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let parts: string[] = [];
  let length = 0;
  const take = (): string | null => {
    const line = length > maxLength ? null : parts.join('');
    parts = [];
    length = 0;
    return line?.endsWith('\r') ? line.slice(0, -1) : line;
  };
  for await (const bytes of input) {
    const text = decoder.decode(bytes, { stream: true });
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      parts.push(text.slice(from, end));
      length += end - from;
      from = end + 1;
      yield take();
    }
    length += text.length - from;
    if (length <= maxLength) parts.push(text.slice(from));
  }
  if (length > 0) yield take();
}

/** Answers every line that is not blank; what `answer` throws becomes {"error": {code, message}}. Stops when asked to. */
export async function answerLines(
  input: AsyncIterable<Uint8Array>,
  write: (line: string) => void,
  signal: AbortSignal,
  answer: (line: string) => Promise<Record<string, unknown>>,
): Promise<{ lines: number; errors: number }> {
  const counts = { lines: 0, errors: 0 };
  for await (const line of linesOf(input)) {
    if (signal.aborted) throw new HeadscopeError('CANCELLED', 'Interrupted.');
    if (line !== null && line.trim() === '') continue;
    counts.lines += 1;
    try {
      if (line === null) throw new HeadscopeError('LIMIT_EXCEEDED', `The line has more than ${MAX_LINE} characters.`);
      write(`${oneLine(await answer(line))}\n`);
    } catch (error) {
      if (signal.aborted) throw error;
      counts.errors += 1;
      const { code, message } = errorToBody(codedError(error));
      write(`${oneLine({ error: { code, message } })}\n`);
    }
  }
  return counts;
}

/** Some readers, Python's str.splitlines among them, end a line at these characters too. */
function oneLine(value: Record<string, unknown>): string {
  return JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
