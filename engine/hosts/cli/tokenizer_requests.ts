// The lines of `headscope tokenize --jsonl`: a text to encode, ids to decode, or a chat to render and encode.
import { z } from 'zod';
import { HeadscopeError } from '../../protocol/errors.ts';
import { ChatRenderer, encodeRendered } from '../../tokenizer/chat.ts';
import { markFloats } from '../../tokenizer/python_values.ts';
import { openTokenizer, type Tokenizer } from '../../tokenizer/tokenizer.ts';

const encode = z.strictObject({ text: z.string(), special: z.boolean().default(true) });
const decode = z.strictObject({ decode: z.array(z.int().nonnegative()), skip_special: z.boolean().default(false) });
const chat = z.strictObject({
  messages: z.array(z.record(z.string(), z.unknown())),
  add_generation_prompt: z.boolean().default(false),
  extra: z.record(z.string(), z.unknown()).nullish(),
});

export class TokenizerRequests {
  readonly tokenizer: Tokenizer;
  private readonly chats: ChatRenderer;

  /** Throws TOKENIZER_MISSING, TOKENIZER_INVALID. */
  constructor(folder: string) {
    this.tokenizer = openTokenizer(folder);
    this.chats = new ChatRenderer(folder);
  }

  /** Rejects with a coded error for a line that is none of the three or cannot be answered. */
  async answer(line: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const request = parse(line);
    if ('text' in request) {
      const { text, special } = checked(encode, request);
      requireText(text, '"text"');
      const { ids, offsets } = await this.tokenizer.encodeWithOffsets(text, special, signal);
      return { ids: [...ids], offsets: Array.from(ids, (_, index) => [offsets[2 * index], offsets[2 * index + 1]]) };
    }
    if ('decode' in request) {
      const { decode: ids, skip_special: skip } = checked(decode, request);
      return { text: await this.tokenizer.decode(ids, skip, signal) };
    }
    if ('messages' in request) {
      // Templates print 2.0 and 2 differently, as Python does.
      const { messages, add_generation_prompt: addGenerationPrompt, extra } = checked(chat, parse(markFloats(line)));
      const rendered = await this.chats.render({ messages, addGenerationPrompt, extra: extra ?? {} }, signal);
      requireText(rendered, 'The rendered chat');
      return { rendered, ids: [...(await encodeRendered(this.tokenizer, rendered, signal))] };
    }
    throw new HeadscopeError('INVALID_REQUEST', 'The line has none of "text", "decode" and "messages".');
  }

  close(): void {
    this.tokenizer.close();
    this.chats.close();
  }
}

/** JSON can say half of a character beyond the 65,536th ("\ud83d"); as text there is no such thing, and what replaces it has other ids. */
function requireText(text: string, what: string): void {
  const half = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.exec(text);
  if (half === null) return;
  const at = [...text.slice(0, half.index)].length;
  throw new HeadscopeError('INVALID_REQUEST', `${what} has half of a surrogate pair as character ${at}, which is no text.`);
}

function parse(line: string): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new HeadscopeError('INVALID_REQUEST', `The line is not JSON: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HeadscopeError('INVALID_REQUEST', 'The line is not a JSON object.');
  return value;
}

function checked<T>(schema: z.ZodType<T>, request: object): T {
  const { success, data, error } = schema.safeParse(request);
  if (success) return data;
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new HeadscopeError('INVALID_REQUEST', `The line is not as it should be${where}: ${issue?.message ?? 'unknown reason'}.`);
}
