import { expect, test } from 'vitest';
import { causalRect } from './strongest_pairs.ts';

test('a view becomes the whole tokens of it that can hold a pair', () => {
  expect(causalRect({ q0: -3.5, q1: 10.2, k0: 2.9, k1: 40 }, 100)).toEqual([0, 11, 2, 11]);
  expect(causalRect({ q0: 50, q1: 250, k0: -200, k1: 120 }, 100)).toEqual([50, 100, 0, 100]);
  // Above the diagonal, or outside, there is none.
  expect(causalRect({ q0: 0, q1: 10, k0: 20, k1: 30 }, 100)).toBeNull();
  expect(causalRect({ q0: 120, q1: 130, k0: 0, k1: 30 }, 100)).toBeNull();
});
