// For tests: the coded error a call ends with.
import { HeadscopeError } from '../protocol/errors.ts';

/** The HeadscopeError that `action` throws; any other outcome is an Error that fails the test. */
export function thrownError(action: () => unknown): HeadscopeError {
  try {
    action();
  } catch (error) {
    if (error instanceof HeadscopeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The same for a promise. */
export async function rejectedError(action: () => Promise<unknown>): Promise<HeadscopeError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof HeadscopeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
