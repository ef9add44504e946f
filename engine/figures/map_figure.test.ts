import { describe, expect, it } from 'vitest';
import { attentionRamp, dimmedRamp, keptRamp, rampColour } from './colour_maps.ts';
import { hasGlyph, textDots } from './font.ts';
import { axisTicks, logLimits, logShare } from './log_scale.ts';
import { footprintText, mapFigure } from './map_figure.ts';
import { isVoid, type MapCells, mapPlot } from './map_plot.ts';
import { Raster } from './raster.ts';
import { LIGHT } from './theme.ts';
import { powerOfTwo } from './wording.ts';

const SIDE = 8;
/** 64 tokens in 8 x 8 cells; the mask keeps the first two cell columns and the diagonal. */
function example(): MapCells & { kept: Float32Array } {
  const cells = new Float32Array(SIDE * SIDE);
  const kept = new Float32Array(SIDE * SIDE).fill(Number.NaN);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x <= y; x += 1) {
      cells[y * SIDE + x] = 2 ** -(y - x + 1);
      kept[y * SIDE + x] = x < 2 || x === y ? 1 : 0;
    }
  }
  return { cells, kept, width: SIDE, height: SIDE, rect: [0, 64, 0, 64], aggregate: 'max' };
}
const rounded = (colour: readonly number[]) => colour.map(Math.round);

describe('the plot', () => {
  it('colours causal cells by the log scale and leaves the rest void', () => {
    const { kept: _, ...map } = example();
    const limits = { low: -8, high: -1 };
    const plot = mapPlot(map, LIGHT, { limits });
    for (let y = 0; y < SIDE; y += 1) {
      for (let x = 0; x < SIDE; x += 1) {
        const expected = x > y ? LIGHT.void : rampColour(attentionRamp(LIGHT), (8 - (y - x + 1)) / 7);
        expect(plot.get(x, y)).toEqual(rounded(expected));
      }
    }
  });

  it('greys what the mask drops, outlines what it keeps and mirrors the kept fraction', () => {
    const map = example();
    const limits = { low: -8, high: -1 };
    const plot = mapPlot(map, LIGHT, { limits });
    const share = (x: number, y: number) => logShare(map.cells[y * SIDE + x]!, limits);
    expect(plot.get(0, 7)).toEqual(rounded(rampColour(attentionRamp(LIGHT), share(0, 7))));
    expect(plot.get(4, 7)).toEqual(rounded(rampColour(dimmedRamp(LIGHT), share(4, 7))));
    // (2, 7) touches the kept column 1: outlined, so bluer than its own grey.
    const [red, , blue] = plot.get(2, 7);
    expect(blue - red).toBeGreaterThan(40);
    expect(plot.get(7, 0)).toEqual(rounded(rampColour(keptRamp(LIGHT), 1)));
    expect(plot.get(7, 4)).toEqual([...LIGHT.void]);
  });

  it('fades by the fraction kept, never on or off', () => {
    const map = example();
    map.kept.fill(0.6);
    const limits = { low: -8, high: -1 };
    const plot = mapPlot(map, LIGHT, { limits });
    const grey = rampColour(dimmedRamp(LIGHT), logShare(map.cells[7 * SIDE]!, limits));
    const full = rampColour(attentionRamp(LIGHT), logShare(map.cells[7 * SIDE]!, limits));
    expect(plot.get(0, 7)).toEqual(grey.map((value, channel) => Math.round(value + (full[channel]! - value) * Math.fround(0.6))));
  });

  it('knows void cells of rectangles away from the diagonal', () => {
    const map = { cells: new Float32Array(4), width: 2, height: 2, rect: [10, 14, 12, 16], aggregate: 'max' } as const;
    // Row cells end at tokens 11 and 13, column cells begin at 12 and 14.
    expect([isVoid(map, 0, 0), isVoid(map, 1, 0), isVoid(map, 0, 1), isVoid(map, 1, 1)]).toEqual([true, true, false, true]);
  });

  it('refuses cells that do not fill it', () => {
    expect(() => mapPlot({ ...example(), cells: new Float32Array(3) }, LIGHT)).toThrow(RangeError);
  });
});

describe('the scale', () => {
  it('takes whole octaves around the 1st and 99.9th percentile of positive cells', () => {
    const cells = new Float32Array(2000);
    for (let at = 0; at < 1000; at += 1) cells[at] = 2 ** (-12 + (10 * at) / 999);
    const { low, high } = logLimits(cells);
    expect([low, high]).toEqual([-12, -2]);
    expect(logShare(0, { low, high })).toBe(0);
    expect(logShare(2 ** -7, { low, high })).toBeCloseTo(0.5, 12);
    expect(logShare(1, { low, high })).toBe(1);
  });

  it('survives empty and constant maps', () => {
    for (const cells of [new Float32Array(4), new Float32Array([0.25, 0.25])]) {
      const { low, high } = logLimits(cells);
      expect(high).toBeGreaterThan(low);
    }
  });

  it('has ticks at round positions within the range', () => {
    expect(axisTicks(0, 4096, 5)).toEqual([0, 1024, 2048, 3072]);
    expect(axisTicks(0, 300, 5)).toEqual([0, 100, 200]);
    expect(axisTicks(130, 170, 4)).toEqual([130, 140, 150, 160]);
  });
});

describe('the figure', () => {
  const figure = {
    ...example(),
    model: 'tiny',
    layer: 1,
    head: 2,
    mask: { pattern: { kind: 'a_shape', sink: 16, window: 8 }, recall: 0.875, density: 0.5 },
  } as const;

  it('enlarges few cells by a whole factor and draws the plot unchanged', () => {
    const picture = mapFigure(figure);
    const plot = mapPlot(figure, LIGHT, { scale: 60 });
    let found = false;
    for (let top = 0; top < picture.height - plot.height && !found; top += 1) {
      // The plot's first row ends in the mirrored mask, which the frame of line colour precedes.
      found = picture.get(108, top).join() === plot.get(0, 0).join() && picture.get(108, top - 1).join() === LIGHT.line.join();
      if (found) expect(picture.get(108 + 30, top + 479)).toEqual(plot.get(30, 479));
    }
    expect(found).toBe(true);
    expect(footprintText(figure, 60)).toBe('60 px = 8×8 tokens, max');
    expect(footprintText({ ...figure, rect: [0, 20, 0, 20] })).toBe('1 px ≈ 2.5×2.5 tokens, max');
    expect(footprintText({ ...figure, rect: [8, 16, 0, 8] })).toBe('1 px = 1×1 tokens, exact');
  });

  it('draws every character that it writes', () => {
    const writes = `${powerOfTwo(-18)}${powerOfTwo(3)} L0 H12 · Vertical-Slash 1,000 / 6,096, A-shape Block-Sparse Dense recall 0.974 missed −2.6 % × ≈ …`;
    for (const character of writes) expect(hasGlyph(character), character).toBe(true);
    for (let code = 33; code < 127; code += 1) expect(hasGlyph(String.fromCharCode(code)), String.fromCharCode(code)).toBe(true);
  });

  it('cuts a title that does not fit instead of drawing past the edge', () => {
    const long = mapFigure({ ...figure, model: 'a-model-with-a-name-'.repeat(10) });
    for (let y = 0; y < 64; y += 1) expect(long.get(long.width - 10, y)).toEqual([255, 255, 255]);
  });
});

describe('text', () => {
  it('is as wide as its dots and shows a box for what it cannot draw', () => {
    const raster = new Raster(200, 20, [255, 255, 255]);
    const end = raster.text('Wide 07', 4, 2, [0, 0, 0]);
    expect(end).toBe(4 + 2 * textDots('Wide 07'));
    let rightmost = 0;
    for (let y = 0; y < 20; y += 1) for (let x = 0; x < 200; x += 1) if (raster.get(x, y)[0] === 0) rightmost = Math.max(rightmost, x);
    expect(rightmost).toBe(end - 1);
    expect(hasGlyph('語')).toBe(false);
    expect(textDots('語')).toBe(textDots('■'));
  });
});
