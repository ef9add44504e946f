import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { type AtlasHead, atlasFigure, atlasLayout, meanMissed, missedColour } from './atlas_figure.ts';
import { encodePng } from './png.ts';
import { DARK, LIGHT } from './theme.ts';

const pattern = { kind: 'vertical_slash', verticals: 30, slashes: 800 } as const;
const figure = {
  title: 'Missed mass',
  subtitle: '300 tokens',
  layers: 2,
  heads: 4,
  cells: [
    ...Array.from({ length: 7 }, (_, at): AtlasHead => ({ layer: Math.floor(at / 4), head: at % 4, pattern, missed: at / 10 })),
    { layer: 1, head: 3, pattern: { kind: 'dense' }, missed: undefined } satisfies AtlasHead,
  ],
};

describe('the atlas', () => {
  it.each([1, 2])('fills each cell with the colour of its missed mass, at %d pixels a unit', (scale) => {
    for (const theme of [LIGHT, DARK]) {
      const picture = atlasFigure(figure, { theme, scale });
      const { cell, left, top } = atlasLayout(figure);
      for (const { layer, head, missed } of figure.cells) {
        if (missed === undefined) continue;
        const expected = missedColour(missed, theme).map(Math.round);
        expect(picture.get((left + head * cell + 3) * scale, (top + layer * cell + 3) * scale)).toEqual(expected);
      }
    }
  });

  it('hatches a head that was not measured and leaves it out of the layer mean', () => {
    const picture = atlasFigure(figure);
    const { cell, left, top } = atlasLayout(figure);
    const colours = new Set<string>();
    for (let step = 0; step < 32; step += 1) colours.add(picture.get(2 * (left + 3 * cell) + 6 + step, 2 * (top + cell + 20)).join());
    expect(colours).toEqual(new Set([LIGHT.void.join(), LIGHT.line.join()]));
    expect(meanMissed(figure.cells.filter((head) => head.layer === 1))).toBeCloseTo(0.5, 12);
    expect(meanMissed([])).toBeUndefined();
  });

  it('becomes a PNG that reads back pixel by pixel', () => {
    const picture = atlasFigure(figure);
    const back = PNG.sync.read(encodePng(picture));
    expect([back.width, back.height]).toEqual([picture.width, picture.height]);
    expect(Buffer.compare(back.data, Buffer.from(picture.rgba))).toBe(0);
  });

  it('has room for the widest model and the fewest heads', () => {
    for (const [layers, heads] of [
      [1, 1],
      [80, 80],
    ] as const) {
      const cells = Array.from({ length: layers * heads }, (_, at) => ({
        layer: Math.floor(at / heads),
        head: at % heads,
        pattern,
        missed: 0.3,
      }));
      const picture = atlasFigure({ ...figure, layers, heads, cells });
      for (let y = 0; y < picture.height; y += 1) expect(picture.get(picture.width - 2, y)).toEqual(LIGHT.surface);
    }
  });
});
