import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { attentionRamp, dimmedRamp, rampColour } from './colour_maps.ts';
import { indexed, PALETTE_SIZE } from './palette.ts';
import { encodePng, pngDataUri } from './png.ts';
import { mix, Raster, type Rgb } from './raster.ts';
import { LIGHT } from './theme.ts';

/** A picture of one pixel a colour. */
function pictureOf(colours: readonly Rgb[], width: number): Raster {
  const picture = new Raster(width, Math.ceil(colours.length / width), [255, 255, 255]);
  colours.forEach((colour, at) => {
    picture.set(at % width, Math.floor(at / width), colour);
  });
  return picture;
}
/** mulberry32 */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
/** As maps are: attention over a mask, in thousands of colours, on a white page. */
function noisyMap(): Raster {
  const next = random(7);
  const [full, grey] = [attentionRamp(LIGHT), dimmedRamp(LIGHT)];
  return pictureOf(
    Array.from({ length: 90_000 }, (_, at) => {
      const [share, kept] = [next(), next()];
      return at < 9000 ? ([255, 255, 255] as const) : mix(rampColour(grey, share), rampColour(full, share), kept);
    }),
    300,
  );
}

describe('a PNG file', () => {
  it.each([1, 2, 255, 256])('is exact with %d colours', (number) => {
    const picture = pictureOf(
      Array.from({ length: 600 }, (_, at): Rgb => [(at % number) % 256, 7, 255 - ((at % number) % 256)]),
      37,
    );
    const back = PNG.sync.read(encodePng(picture));
    expect([back.width, back.height]).toEqual([picture.width, picture.height]);
    expect(Buffer.compare(back.data, Buffer.from(picture.rgba))).toBe(0);
  });

  it('is exact with more colours where that fits: a ramp', () => {
    const ramp = Array.from({ length: 500 }, (_, x): Rgb => [Math.min(255, x), Math.max(0, x - 255), 9]);
    const picture = new Raster(500, 20, [255, 255, 255]);
    ramp.forEach((colour, x) => {
      picture.fill(x, 0, 1, 20, colour);
    });
    expect(Buffer.compare(PNG.sync.read(encodePng(picture)).data, Buffer.from(picture.rgba))).toBe(0);
  });

  it('holds a map of thousands of colours in a byte a pixel, each near its own, the page as it is', () => {
    const picture = noisyMap();
    const file = encodePng(picture);
    expect(file.length).toBeLessThan(1.05 * picture.width * picture.height);
    const back = PNG.sync.read(file);
    let furthest = 0;
    for (let at = 0; at < back.data.length; at += 1) furthest = Math.max(furthest, Math.abs(back.data[at]! - picture.rgba[at]!));
    expect(furthest).toBeGreaterThan(0);
    expect(furthest).toBeLessThanOrEqual(10);
    expect([...back.data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  });

  it('says its resolution', () => {
    const file = encodePng(new Raster(3, 3, [0, 0, 0]), 2);
    const at = file.indexOf('pHYs');
    // 192 pixels an inch.
    expect([file.readUInt32BE(at + 4), file.readUInt32BE(at + 8), file[at + 12]]).toEqual([7559, 7559, 1]);
  });

  it('becomes a data URI', () => {
    const [head, body] = pngDataUri(new Raster(3, 2, [1, 2, 3])).split(',');
    expect(head).toBe('data:image/png;base64');
    expect([...PNG.sync.read(Buffer.from(body!, 'base64')).data.subarray(0, 4)]).toEqual([1, 2, 3, 255]);
  });
});

describe('the palette', () => {
  it('is full, without doubles, and gives every pixel its nearest colour', () => {
    const picture = noisyMap();
    const { palette, indices, colours } = indexed(picture.rgba);
    expect(colours).toBeGreaterThan(PALETTE_SIZE);
    expect(palette.length).toBe(PALETTE_SIZE);
    expect(new Set(palette.map(String)).size).toBeGreaterThan(250);
    for (let at = 0; at < indices.length; at += 977) {
      const own = picture.get(at % picture.width, Math.floor(at / picture.width));
      const distance = (colour: Rgb) => Math.hypot(...colour.map((value, channel) => value - own[channel]!));
      expect(distance(palette[indices[at]!]!)).toBeCloseTo(Math.min(...palette.map(distance)), 9);
    }
  });
});
