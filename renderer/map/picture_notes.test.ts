import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readoutStore } from '../state/readout.ts';
import { forgetPicture, sayReadout } from './picture_notes.ts';

const readout = (rows: number) => ({
  footprint: { rows, columns: rows },
  aggregate: 'max' as const,
  scale: { low: -12, high: 0 },
  tiles: { ready: 1, wanted: 1 },
});

beforeEach(() => {
  vi.useFakeTimers();
  forgetPicture();
});
afterEach(() => vi.useRealTimers());

it('a zoom is said at its start, now and then, and as it ends', () => {
  const heard: (number | undefined)[] = [];
  const stop = readoutStore.subscribe(({ footprint }) => heard.push(footprint?.rows));
  for (let frame = 0; frame <= 20; frame += 1) {
    sayReadout(readout(100 + frame));
    vi.advanceTimersByTime(16);
  }
  vi.advanceTimersByTime(1000);
  expect(heard[0]).toBe(100);
  expect(heard.at(-1)).toBe(120);
  expect(heard.length).toBeLessThan(6);
  // The same picture again says nothing.
  sayReadout(readout(120));
  vi.advanceTimersByTime(1000);
  expect(heard.at(-1)).toBe(120);
  expect(heard.length).toBeLessThan(6);
  stop();
});

it('nothing is said of a picture that has left the screen', () => {
  sayReadout(readout(1));
  sayReadout(readout(2));
  forgetPicture();
  vi.advanceTimersByTime(1000);
  expect(readoutStore.getState().footprint?.rows).toBe(1);
});
