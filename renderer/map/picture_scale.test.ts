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
  moves(scale, 2, 60);
  expect(scale.scale).toBe(1);
  moves(scale, 1, 60, 120);
  expect(scale.scale).toBe(0.5);
  vi.advanceTimersByTime(200);
  expect(scale.scale).toBe(1);
  expect(rested).toHaveBeenCalledOnce();
});

test('the next movements begin coarse; after half a minute the full resolution is tried again', () => {
  const scale = new PictureScale(() => {});
  moves(scale, 6, 60);
  vi.advanceTimersByTime(200);
  moves(scale, 5, 16, 1000);
  expect(scale.scale).toBe(0.5);
  vi.advanceTimersByTime(200);
  moves(scale, 5, 16, 31_000);
  expect(scale.scale).toBe(1);
});

test('a movement that has become coarse stays so to its end', () => {
  const scale = new PictureScale(() => {});
  moves(scale, 3, 60);
  moves(scale, 2500, 16, 180);
  expect(scale.scale).toBe(0.5);
});

test('frames in time, one of them late, keep the full resolution and need no second drawing', () => {
  const rested = vi.fn();
  const scale = new PictureScale(rested);
  moves(scale, 20, 16);
  moves(scale, 20, 16, 360);
  expect(scale.scale).toBe(1);
  vi.advanceTimersByTime(200);
  expect(rested).not.toHaveBeenCalled();
});
