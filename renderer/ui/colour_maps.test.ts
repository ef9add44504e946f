import { describe, expect, it } from 'vitest';
import {
  type ColourMap,
  colourAt,
  colourTable,
  fillColourTable,
  lightness,
  MISSED_TARGET,
  missedShare,
  PLATE,
  TABLE_BYTES,
  TABLE_STEPS,
} from './colour_maps.ts';

const SEQUENTIAL: ColourMap[] = ['attention', 'attentionGrey', 'missed', 'kept', 'viridis', 'magma', 'grey'];

describe.each(['light', 'dark'] as const)('the %s colour maps', (theme) => {
  it.each(SEQUENTIAL)('%s begins at the page and is monotone in lightness, away from it', (map) => {
    const table = colourTable(map, theme);
    expect(colourAt(table, 0)).toEqual(PLATE[theme]);
    const direction = theme === 'light' ? -1 : 1;
    let before = lightness(colourAt(table, 0));
    for (let step = 1; step < TABLE_STEPS; step += 1) {
      const here = lightness(colourAt(table, step / (TABLE_STEPS - 1)));
      // Bytes round: a step of one grey level is 0.004 of lightness at most.
      expect((here - before) * direction).toBeGreaterThan(-0.004);
      before = here;
    }
    expect(Math.abs(before - lightness(PLATE[theme]))).toBeGreaterThan(0.1);
  });

  it('holds the stops of the missed map', () => {
    const table = colourTable('missed', theme);
    expect(colourAt(table, 1 / 3)).toEqual(theme === 'light' ? [250, 196, 160] : [92, 40, 18]);
    expect(colourAt(table, 2 / 3)).toEqual(theme === 'light' ? [226, 86, 15] : [226, 90, 34]);
    expect(colourAt(table, 1)).toEqual(theme === 'light' ? [122, 38, 6] : [255, 190, 160]);
  });

  it('difference is blue below the page and orange above it', () => {
    const table = colourTable('difference', theme);
    const [aRed, , aBlue] = colourAt(table, 0);
    const [bRed, , bBlue] = colourAt(table, 1);
    expect(aBlue).toBeGreaterThan(aRed);
    expect(bRed).toBeGreaterThan(bBlue);
    const middle = colourAt(table, 0.5);
    for (const [channel, value] of PLATE[theme].entries()) expect(Math.abs((middle[channel] ?? 0) - value)).toBeLessThan(5);
  });

  it('fills every byte, opaque', () => {
    const table = new Uint8Array(TABLE_BYTES + 4).fill(7);
    fillColourTable('attention', theme, table);
    for (let step = 0; step < TABLE_STEPS; step += 1) expect(table[step * 4 + 3]).toBe(255);
    expect(table[TABLE_BYTES]).toBe(7);
  });
});

it('refuses a table that is too short', () => {
  expect(() => fillColourTable('missed', 'light', new Uint8Array(100))).toThrow(/1024/);
});

it('takes values outside the ramp for its ends', () => {
  const table = colourTable('missed', 'light');
  expect(colourAt(table, Number.NaN)).toEqual(colourAt(table, 0));
  expect(colourAt(table, 9)).toEqual(colourAt(table, 1));
});

describe('the missed-mass scale', () => {
  it('rises, and steps up where the target is missed', () => {
    let before = -1;
    for (let amount = 0; amount <= 0.5; amount += 0.001) {
      const share = missedShare(amount);
      expect(share).toBeGreaterThanOrEqual(before);
      before = share;
    }
    expect(missedShare(MISSED_TARGET) - missedShare(MISSED_TARGET - 1e-9)).toBeGreaterThan(0.1);
    expect(missedShare(MISSED_TARGET - 1e-9)).toBeLessThan(0.2);
  });

  it('moves its step with the target', () => {
    for (const target of [0.01, 0.1, 0.3]) {
      expect(missedShare(target, target) - missedShare(target - 1e-9, target)).toBeGreaterThan(0.1);
      expect(missedShare(1, target)).toBeLessThanOrEqual(0.87);
    }
  });

  it('takes rounding below zero, and nothing, for zero', () => {
    expect(missedShare(-1e-7)).toBe(0);
    expect(missedShare(Number.NaN)).toBe(0);
  });
});
