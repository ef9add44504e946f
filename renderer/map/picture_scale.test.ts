import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PictureScale } from './picture_scale.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const moves = (scale: PictureScale, count: number, gap: number, from = 0) => {
  for (let step = 0; step < count; step += 1) scale.moved(from + step * gap);
};

test('late frames halve the resolution of a moving picture, rest gives it back', () => {
  const rested = vi.fn();
  const scale = new PictureScale(rested);
  moves(scale, 3, 60);
  expect(scale.scale).toBe(1);
  moves(scale, 4, 60, 180);
  expect(scale.scale).toBe(0.5);
  vi.advanceTimersByTime(200);
  expect(scale.scale).toBe(1);
  expect(rested).toHaveBeenCalledOnce();
});

test('the next movement begins as the last one ended, until frames are quick', () => {
  const scale = new PictureScale(() => {});
  moves(scale, 6, 60);
  vi.advanceTimersByTime(200);
  scale.moved(1000);
  expect(scale.scale).toBe(0.5);
  moves(scale, 5, 16, 1016);
  expect(scale.scale).toBe(0.5);
  moves(scale, 6, 8, 1100);
  expect(scale.scale).toBe(1);
});

test('frames in time keep the full resolution and need no second drawing', () => {
  const rested = vi.fn();
  const scale = new PictureScale(rested);
  moves(scale, 20, 16);
  expect(scale.scale).toBe(1);
  vi.advanceTimersByTime(200);
  expect(rested).not.toHaveBeenCalled();
});
