// The tokenizer of a model folder. Short text is encoded at once, long text on a thread of its own so that the caller stays responsive.
import { join } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { builtWorker, EncodingThread, tooLong } from './encoding_thread.ts';
import type { Encoded } from './pipeline.ts';
import { withTimeLimit } from './time_limit.ts';
import { Vocabulary } from './vocabulary.ts';

const MAX_TOKENIZER_BYTES = 256 << 20;
/** UTF-16 units; a few milliseconds for every tokenizer measured. */
export const INLINE_TEXT_LIMIT = 50_000;

/** For text encoded at once: a pattern may still be made to run for ever. */
const INLINE_LIMIT_MS = 3000;

export interface Tokenizer {
  /** One more than the largest id it knows; the model's vocab_size may be larger. */
  readonly vocabSize: number;
  /** Ids with the special tokens the post-processor adds. Rejects with TOKENIZER_INVALID or, through the signal, CANCELLED. */
  encode(text: string, signal?: AbortSignal): Promise<Int32Array>;
  /** The same with the code points each id came from; `special`: with the tokens that the post-processor adds. */
  encodeWithOffsets(text: string, special: boolean, signal?: AbortSignal): Promise<Encoded>;
  /** Text of ids; '' for none, <unused> for ids without a token. skipSpecial leaves those out, and special tokens. */
  decode(ids: ArrayLike<number>, skipSpecial?: boolean): string;
  /** One token as readable text. */
  token(id: number): string;
  close(): void;
}

export interface OpenTokenizerOptions {
  /** The built worker's path; found beside the running bundle unless told. null: encode everything in this thread. */
  worker?: string | null;
}

/** Throws TOKENIZER_MISSING where the folder has no tokenizer.json (token ids still work), TOKENIZER_INVALID, FILE_UNREADABLE. */
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
  const vocabulary = Vocabulary.parse(text);
  const worker = options.worker === undefined ? builtWorker() : options.worker;
  const thread = worker === null ? null : new EncodingThread(worker, text);
  const encode = async (input: string, special: boolean, signal?: AbortSignal): Promise<Encoded> => {
    if (signal?.aborted) throw new HeadscopeError('CANCELLED', 'Tokenizing was cancelled.');
    if (input.length > INLINE_TEXT_LIMIT)
      return thread === null ? vocabulary.encode(input, special) : thread.encode(input, special, signal);
    return withTimeLimit(INLINE_LIMIT_MS, () => vocabulary.encode(input, special), tooLong);
  };
  return {
    vocabSize: vocabulary.size,
    encode: async (input, signal) => (await encode(input, true, signal)).ids,
    encodeWithOffsets: encode,
    decode: (ids, skipSpecial = false) => vocabulary.decode(ids, skipSpecial),
    token: (id) => vocabulary.token(id),
    close: () => thread?.close(),
  };
}
