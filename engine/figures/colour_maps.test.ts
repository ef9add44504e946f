import { describe, expect, it } from 'vitest';
import { attentionRamp, dimmedRamp, keptRamp, lightness, MISSED_TARGET, missedRamp, missedShare, type Ramp } from './colour_maps.ts';
import { DARK, LIGHT } from './theme.ts';

const ramps: [string, (theme: typeof LIGHT) => Ramp][] = [
  ['attention', attentionRamp],
  ['dimmed', dimmedRamp],
  ['missed', missedRamp],
  ['kept', keptRamp],
];

describe.each([LIGHT, DARK])('the $name colour maps', (theme) => {
  it.each(ramps)('%s is monotone in lightness, away from the page', (_, make) => {
    const values = make(theme).map(lightness);
    const direction = theme.name === 'light' ? -1 : 1;
    for (let step = 1; step < values.length; step += 1) {
      expect((values[step]! - values[step - 1]!) * direction).toBeGreaterThan(-1e-6);
    }
    expect(Math.abs(values.at(-1)! - values[0]!)).toBeGreaterThan(0.1);
  });

  it('begins at the page', () => {
    for (const make of [attentionRamp, dimmedRamp, missedRamp]) expect(make(theme)[0]).toEqual(theme.plate);
  });
});

it('has the lightness of black, white and middle grey', () => {
  expect(lightness([0, 0, 0])).toBeCloseTo(0, 6);
  expect(lightness([255, 255, 255])).toBeCloseTo(1, 6);
  // OKLab: a grey of linear value y has lightness y^(1/3); sRGB 188 is linear 0.5029.
  expect(lightness([188, 188, 188])).toBeCloseTo(0.5029 ** (1 / 3), 4);
});

describe('the missed-mass scale', () => {
  it('rises, and steps up where the target is missed', () => {
    let before = -1;
    for (let missed = 0; missed <= 0.5; missed += 0.001) {
      const share = missedShare(missed);
      expect(share).toBeGreaterThanOrEqual(before);
      before = share;
    }
    expect(missedShare(MISSED_TARGET) - missedShare(MISSED_TARGET - 1e-9)).toBeGreaterThan(0.1);
    expect(missedShare(MISSED_TARGET - 1e-9)).toBeLessThan(0.2);
  });

  it('takes rounding below zero, and nothing, for zero', () => {
    expect(missedShare(-1e-7)).toBe(0);
    expect(missedShare(Number.NaN)).toBe(0);
  });
});
