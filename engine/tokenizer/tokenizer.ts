// The tokenizer of a model folder. Short text is encoded at once, long text on a thread of its own so that the caller stays responsive.
// A large vocabulary, which takes a second to read, lives on that thread alone.
import { join } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Encoded } from './pipeline.ts';
import { withTimeLimit } from './time_limit.ts';
import { builtWorker, TokenizerThread, tooLong } from './tokenizer_thread.ts';
import { Vocabulary } from './vocabulary.ts';

const MAX_TOKENIZER_BYTES = 256 << 20;
/** UTF-16 units; a few milliseconds for every tokenizer measured. */
export const INLINE_TEXT_LIMIT = 50_000;
/** UTF-16 units of a tokenizer.json that is read at once: some 30,000 tokens, a fifth of a second. */
const INLINE_TOKENIZER_LIMIT = 4 << 20;

/** For text encoded at once: a pattern may still be made to run for ever. */
const INLINE_LIMIT_MS = 3000;

/** Everything rejects with TOKENIZER_INVALID or, through the signal, CANCELLED. */
export interface Tokenizer {
  /** Ids with the special tokens the post-processor adds. */
  encode(text: string, signal?: AbortSignal): Promise<Int32Array>;
  /** The same with the code points each id came from; `special`: with the tokens that the post-processor adds. */
  encodeWithOffsets(text: string, special: boolean, signal?: AbortSignal): Promise<Encoded>;
  /** Text of ids; '' for none, <unused> for ids without a token. skipSpecial leaves those out, and special tokens. */
  decode(ids: ArrayLike<number>, skipSpecial?: boolean, signal?: AbortSignal): Promise<string>;
  /** Each token by itself as readable text. */
  tokens(ids: ArrayLike<number>, signal?: AbortSignal): Promise<string[]>;
  close(): void;
}

export interface OpenTokenizerOptions {
  /** The built worker's path; found beside the running bundle unless told. null: do everything in this thread. */
  worker?: string | null;
  /** A tokenizer.json of more UTF-16 units is read on the worker's thread. */
  inlineLimit?: number;
}

/** Throws TOKENIZER_MISSING where the folder has no tokenizer.json (token ids still work), FILE_UNREADABLE, and TOKENIZER_INVALID where it is read at
 * once; a large one says so at its first use. */
export function openTokenizer(folder: string, options: OpenTokenizerOptions = {}): Tokenizer {
  let text: string;
  try {
    text = readBoundedText(join(folder, 'tokenizer.json'), MAX_TOKENIZER_BYTES, 'TOKENIZER_INVALID');
  } catch (error) {
    if (error instanceof HeadscopeError && error.code === 'FILE_NOT_FOUND') {
      throw new HeadscopeError(
        'TOKENIZER_MISSING',
        `There is no tokenizer.json in ${folder}. Give token ids instead of text, or put the model's tokenizer.json there.`,
        { folder },
      );
    }
    throw error;
  }
  const worker = options.worker === undefined ? builtWorker() : options.worker;
  const thread = worker === null ? null : new TokenizerThread(worker, text);
  if (thread !== null && text.length > (options.inlineLimit ?? INLINE_TOKENIZER_LIMIT)) return onThread(thread);
  return inline(Vocabulary.parse(text), thread);
}

function onThread(thread: TokenizerThread): Tokenizer {
  return {
    encode: async (input, signal) => (await thread.encode(input, true, signal)).ids,
    encodeWithOffsets: (input, special, signal) => thread.encode(input, special, signal),
    decode: (ids, skipSpecial = false, signal) => thread.decode(Array.from(ids), skipSpecial, signal),
    tokens: (ids, signal) => thread.tokens(Array.from(ids), signal),
    close: () => thread.close(),
  };
}

function inline(vocabulary: Vocabulary, thread: TokenizerThread | null): Tokenizer {
  const encode = async (input: string, special: boolean, signal?: AbortSignal): Promise<Encoded> => {
    if (signal?.aborted) throw new HeadscopeError('CANCELLED', 'Tokenizing was cancelled.');
    if (input.length > INLINE_TEXT_LIMIT)
      return thread === null ? vocabulary.encode(input, special) : thread.encode(input, special, signal);
    return withTimeLimit(INLINE_LIMIT_MS, () => vocabulary.encode(input, special), tooLong);
  };
  return {
    encode: async (input, signal) => (await encode(input, true, signal)).ids,
    encodeWithOffsets: encode,
    decode: async (ids, skipSpecial = false) => vocabulary.decode(ids, skipSpecial),
    tokens: async (ids) => Array.from(ids, (id) => vocabulary.token(id)),
    close: () => thread?.close(),
  };
}
