import { expect, test } from 'vitest';
import { meanAndMax, missedEnd } from './missed_track.ts';

const rows = Float32Array.from({ length: 1000 }, (_, row) => (row < 4 ? 1 : (row % 100) / 1000));

test('the axis ends at a round share above all but half a percent of the rows', () => {
  expect(missedEnd({ rows, bands: [], scoredFrom: null })).toBe(0.1);
  expect(missedEnd({ rows: new Float32Array(10), bands: [], scoredFrom: null })).toBe(0.001);
  expect(missedEnd({ rows: new Float32Array(10).fill(1), bands: [], scoredFrom: null })).toBe(1);
  // Rows that are not scored do not stretch it.
  expect(missedEnd({ rows: Float32Array.from({ length: 100 }, (_, row) => (row < 50 ? 0.9 : 0.011)), bands: [], scoredFrom: 50 })).toBe(
    0.02,
  );
});

test('without rows the bands set the axis', () => {
  const bands = [
    { from: 0, to: 10, missed: 0.01 },
    { from: 10, to: 20, missed: 0.33 },
  ];
  expect(missedEnd({ rows: null, bands, scoredFrom: null })).toBe(0.4);
});

test('rows that share a pixel are their mean and their largest', () => {
  expect(meanAndMax(Float32Array.of(0, 0.5, 0.25, 0.25), 1, 4)).toEqual({ mean: 1 / 3, max: 0.5 });
  expect(meanAndMax(Float32Array.of(0.5), 0, 0)).toEqual({ mean: 0, max: 0 });
});
