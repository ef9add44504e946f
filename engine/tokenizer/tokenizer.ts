// The tokenizer of a model folder. Short text is encoded at once, long text on a thread of its own so that the caller stays responsive.
import { join } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { builtWorker, EncodingThread } from './encoding_thread.ts';
import { Vocabulary } from './vocabulary.ts';

const MAX_TOKENIZER_BYTES = 256 << 20;
/** UTF-16 units; the slowest tokenizers measured take 7 ms per thousand. */
export const INLINE_TEXT_LIMIT = 50_000;

export interface Tokenizer {
  /** One more than the largest id it knows; the model's vocab_size may be larger. */
  readonly vocabSize: number;
  /** Ids with the special tokens the post-processor adds. Rejects with TOKENIZER_INVALID or, through the signal, CANCELLED. */
  encode(text: string, signal?: AbortSignal): Promise<Int32Array>;
  /** Text of ids; '' for none, <unused> for ids without a token. */
  decode(ids: ArrayLike<number>): string;
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
  return {
    vocabSize: vocabulary.size,
    async encode(input, signal) {
      if (signal?.aborted) throw new HeadscopeError('CANCELLED', 'Tokenizing was cancelled.');
      return thread !== null && input.length > INLINE_TEXT_LIMIT ? thread.encode(input, signal) : vocabulary.encode(input);
    },
    decode: (ids) => vocabulary.decode(ids),
    token: (id) => vocabulary.token(id),
    close: () => thread?.close(),
  };
}
