import { describe, expect, it } from 'vitest';
import { coverage } from './coverage.ts';
import { hasGlyph, textContours, textWidth } from './font.ts';
import { fitted, Sheet, TYPE } from './sheet.ts';
import { powerOfTwo } from './wording.ts';

const face = { size: 22, weight: 400 } as const;
const drawn = (text: string, size = 100) => coverage(textContours(text, { ...face, size }));

describe('the typeface', () => {
  it('has every character that figures write', () => {
    const writes = `${powerOfTwo(-18)}${powerOfTwo(3)} L0 H12 · Vertical-Slash 1,000 / 6,096, A-shape Block-Sparse Dense recall 0.974 missed −2.6 % × ≈ …`;
    for (const character of writes) expect(hasGlyph(character), character).toBe(true);
    for (let code = 32; code < 127; code += 1) expect(hasGlyph(String.fromCharCode(code)), String.fromCharCode(code)).toBe(true);
  });

  it('has tabular digits, in both weights', () => {
    for (const weight of [400, 600] as const) {
      const widths = Array.from('0123456789', (digit) => textWidth(`x${digit}`, { ...face, weight }));
      expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(1e-9);
    }
  });

  it('grows in proportion', () => {
    expect(textWidth('Wide 07', { ...face, size: 44 })).toBeCloseTo(2 * textWidth('Wide 07', face), 9);
    expect(textWidth('Wide 07', { ...face, weight: 600 })).toBeGreaterThan(textWidth('Wide 07', face));
  });

  it('draws a capital as high as one, on the baseline, with its hole open', () => {
    const letter = drawn('O');
    // Inter's capitals are 0.727 em high; round ones reach a little beyond.
    expect(letter.top).toBeGreaterThanOrEqual(-75);
    expect(letter.top).toBeLessThanOrEqual(-72);
    expect(letter.top + letter.height).toBeLessThanOrEqual(3);
    const middle = letter.values[Math.floor(letter.height / 2) * letter.width + Math.floor(letter.width / 2)];
    expect(middle).toBe(0);
    expect(Math.max(...letter.values)).toBe(1);
    // Exact areas: drawn twice as large, four times the ink.
    const ink = (size: number) => drawn('O', size).values.reduce((sum, value) => sum + value, 0);
    expect(ink(200) / ink(100)).toBeCloseTo(4, 2);
  });

  it('raises exponents and composes what the font lacks', () => {
    const [two, raised] = [drawn('2'), drawn('²')];
    expect(raised.top + raised.height).toBeLessThan(-25);
    expect(raised.height).toBeLessThan(0.75 * two.height);
    // Two waves, one above the other: a column through the middle meets ink twice.
    const waves = drawn('≈');
    const column = Array.from({ length: waves.height }, (_, y) => waves.values[y * waves.width + Math.floor(waves.width / 2)]! > 0.5);
    expect(column.filter((on, y) => on && !column[y - 1]).length).toBe(2);
  });

  it('shows a box for what it cannot draw', () => {
    expect(hasGlyph('語')).toBe(false);
    expect(textWidth('語', face)).toBeGreaterThan(10);
    expect(drawn('語').values.some((value) => value === 1)).toBe(true);
  });
});

describe('text on a sheet', () => {
  const black = [0, 0, 0] as const;
  const inkedColumns = (sheet: Sheet) => {
    const { width, height } = sheet.raster;
    return Array.from({ length: width }, (_, x) => x).filter((x) =>
      Array.from({ length: height }, (_, y) => y).some((y) => sheet.raster.get(x, y)[0] < 250),
    );
  };

  it.each(['left', 'center', 'right'] as const)('lies where it is aligned: %s', (align) => {
    const sheet = new Sheet(200, 30, [255, 255, 255], 2);
    const end = sheet.text('HIH', 100, 20, TYPE.value, black, align);
    const width = textWidth('HIH', TYPE.value);
    expect(end).toBeCloseTo({ left: 100 + width, center: 100 + width / 2, right: 100 }[align], 9);
    const columns = inkedColumns(sheet);
    // An H stands about a tenth of an em from both ends of its place.
    expect(Math.abs(columns[0]! / 2 - (end - width + 0.1 * 13))).toBeLessThan(1);
    expect(Math.abs(columns.at(-1)! / 2 - (end - 0.1 * 13))).toBeLessThan(1);
  });

  it('is cut with an ellipsis where it does not fit', () => {
    expect(fitted('short', 100, TYPE.body)).toBe('short');
    const cut = fitted('a name that is far too long for this', 100, TYPE.body);
    expect(cut).toMatch(/^a name .*…$/);
    expect(textWidth(cut, TYPE.body)).toBeLessThanOrEqual(100);
  });
});
