// Reading the map's picture back: which token a pixel stands for, and which colour it should have.
import type { Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { colourAt, colourTable, type Rgb } from '../../renderer/ui/colour_maps.ts';

export interface Picture {
  /** Pixels along a side; a screenshot has one a CSS pixel. */
  side: number;
  at(x: number, y: number): Rgb;
}

export async function readPicture(page: Page): Promise<Picture> {
  const box = await page.locator('.map-picture').boundingBox();
  if (!box) throw new Error('the map is not on screen');
  const png = PNG.sync.read(await page.screenshot({ clip: box }));
  return {
    side: png.width,
    at(x, y) {
      const from = 4 * (y * png.width + x);
      return [png.data[from] ?? 0, png.data[from + 1] ?? 0, png.data[from + 2] ?? 0];
    },
  };
}

export interface Limits {
  low: number;
  high: number;
}

/** The colour of a value on a log2 scale, in the light theme. */
export function colourOf(map: 'grey' | 'missed', value: number, { low, high }: Limits): Rgb {
  const share = value > 0 ? (Math.log2(value) - low) / (high - low) : 0;
  return colourAt(colourTable(map, 'light'), share);
}

export const apart = (a: Rgb, b: Rgb): number => Math.max(...a.map((channel, at) => Math.abs(channel - (b[at] ?? 0))));
