// The closed union of failures that cross a boundary, and the error that carries one.

export const ERROR_CODES = [
  'INVALID_REQUEST', // an argument or message outside the contract
  'UNKNOWN_METHOD',
  'FILE_NOT_FOUND',
  'FILE_UNREADABLE',
  'FILE_WRITE_FAILED',
  'FETCH_FAILED', // a model hub that cannot be reached, refuses, or sends something else than it promised
  'CHECKPOINT_INVALID', // a model folder that contradicts itself or the format
  'UNSUPPORTED_ARCHITECTURE', // a valid model this engine does not run
  'UNSUPPORTED_WEIGHTS', // pickles, quantised or integer weights
  'TOKENIZER_INVALID',
  'TOKENIZER_MISSING',
  'PROMPT_EMPTY',
  'PROMPT_TOO_LONG', // does not fit the memory plan
  'TOKEN_OUT_OF_RANGE',
  'CAPTURE_INVALID',
  'RUN_INVALID',
  'RUN_NOT_FOUND',
  'CONFIG_INVALID',
  'CONFIG_MISMATCH', // a config of another model
  'PATTERN_INVALID',
  'OUT_OF_MEMORY',
  'CANCELLED',
  'BACKEND_UNAVAILABLE',
  'BACKEND_LOST',
  'NATIVE_MISSING', // the addon is not built or does not load
  'PROTOCOL_MISMATCH',
  'LIMIT_EXCEEDED',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What failed, where, and what to do, in `message`; `data` holds the figures behind it, plain JSON. */
export class HeadscopeError extends Error {
  readonly code: ErrorCode;
  readonly data: Readonly<Record<string, unknown>>;
  constructor(code: ErrorCode, message: string, data: Record<string, unknown> = {}) {
    super(message);
    this.name = 'HeadscopeError';
    this.code = code;
    this.data = data;
  }
}
