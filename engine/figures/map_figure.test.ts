import { describe, expect, it } from 'vitest';
import { attentionRamp, dimmedRamp, keptRamp, rampColour } from './colour_maps.ts';
import { axisTicks, logLimits, logShare } from './log_scale.ts';
import { mapFigure, mapLayout } from './map_figure.ts';
import { footprintText } from './map_legend.ts';
import { isVoid, type MapCells, mapPlot } from './map_plot.ts';
import { LIGHT } from './theme.ts';

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

  it.each([1, 2, 3])('holds the plot unchanged, cells enlarged by a whole factor, at %d pixels a unit', (scale) => {
    const picture = mapFigure(figure, { scale });
    const { left, top, plot } = mapLayout(figure, LIGHT, scale);
    expect(plot.width).toBe(360 * scale);
    const tags = 40 * scale;
    for (let y = 0; y < plot.height; y += 7) {
      if (y < tags || y >= plot.height - tags) continue;
      for (let x = 0; x < plot.width; x += 7) expect(picture.get(left * scale + x, top * scale + y)).toEqual(plot.get(x, y));
    }
    expect(picture.get(left * scale - 1, top * scale + tags)).toEqual(LIGHT.line);
  });

  it('says what a pixel stands for', () => {
    expect(footprintText(figure, 60)).toBe('60 px = 8×8 tokens, max');
    expect(footprintText({ ...figure, rect: [0, 20, 0, 20] })).toBe('1 px ≈ 2.5×2.5 tokens, max');
    expect(footprintText({ ...figure, rect: [8, 16, 0, 8] })).toBe('1 px = 1×1 tokens, exact');
  });

  it('keeps its margins white, however long the model’s name and the token positions are', () => {
    const far = { ...figure, rect: [1_000_000, 1_000_064, 1_000_000, 1_000_064] } as const;
    for (const shown of [{ ...figure, model: 'a-model-with-a-name-'.repeat(10) }, far]) {
      const picture = mapFigure(shown);
      const inked: string[] = [];
      for (let y = 0; y < picture.height; y += 1) {
        for (const x of [2, 8, picture.width - 2, picture.width - 8])
          if (picture.get(x, y).join() !== '255,255,255') inked.push(`${x},${y}`);
      }
      expect(inked).toEqual([]);
    }
  });
});
