// Running synchronous code that somebody else's file steers (patterns, templates) with an end: the interpreter itself stops it.
import { Script } from 'node:vm';
import type { HeadscopeError } from '../protocol/errors.ts';

const slot: { task: (() => unknown) | null } = { task: null };
const key = '__headscopeTimeLimited';
const script = new Script(`globalThis[${JSON.stringify(key)}]()`);

/** The task's answer, or `tooLong` thrown after `limitMs`. Half a millisecond a call; a task must not call this again. */
export function withTimeLimit<T>(limitMs: number, task: () => T, tooLong: () => HeadscopeError): T {
  let answer: { value: T } | null = null;
  Object.defineProperty(globalThis, key, { configurable: true, value: () => slot.task?.() });
  slot.task = () => {
    answer = { value: task() };
  };
  try {
    script.runInThisContext({ timeout: limitMs });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw tooLong();
    throw error;
  } finally {
    slot.task = null;
    Reflect.deleteProperty(globalThis, key);
  }
  const done = answer as { value: T } | null;
  if (done === null) throw tooLong();
  return done.value;
}
