import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keepPulse } from './engine_pulse.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const TIMES = { beatMs: 100, patienceMs: 200 };

it('tells since when the engine is silent, and when it answers again; an error is an answer', async () => {
  const heard: (number | null)[] = [];
  const answers: (() => void)[] = [];
  const ask = vi.fn(() => new Promise((resolve) => answers.push(() => resolve(null))));
  const begin = Date.now();
  const stop = keepPulse(ask, (since) => heard.push(since), TIMES);
  await vi.advanceTimersByTimeAsync(150);
  answers.pop()?.();
  await vi.advanceTimersByTimeAsync(90);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(20);
  expect(ask).toHaveBeenCalledTimes(2);
  expect(heard).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(heard).toEqual([begin + 250]);
  answers.pop()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(heard).toEqual([begin + 250, null]);
  ask.mockImplementation(() => Promise.reject(new Error('no')));
  await vi.advanceTimersByTimeAsync(1000);
  expect(heard).toHaveLength(2);
  stop();
});

it('asks and tells nothing once it is stopped', async () => {
  const heard: (number | null)[] = [];
  const ask = vi.fn(() => new Promise(() => {}));
  const stop = keepPulse(ask, (since) => heard.push(since), TIMES);
  await vi.advanceTimersByTimeAsync(150);
  stop();
  await vi.advanceTimersByTimeAsync(1000);
  expect(ask).toHaveBeenCalledTimes(1);
  expect(heard).toEqual([]);
});
