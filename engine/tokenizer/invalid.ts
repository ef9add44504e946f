// The one error of a tokenizer.json that cannot be used.
import { HeadscopeError } from '../protocol/errors.ts';

export function invalid(reason: string): HeadscopeError {
  return new HeadscopeError('TOKENIZER_INVALID', `tokenizer.json cannot be used: ${reason}.`);
}
