// A picture in memory and the few strokes the figures need. Coordinates are whole pixels, colours sRGB, 0 to 255.
import type { Coverage } from './coverage.ts';

export type Rgb = readonly [number, number, number];

export interface Picture {
  width: number;
  height: number;
  /** [height][width][4], opaque. */
  rgba: Uint8Array;
}

/** a at 0, b at 1. */
export function mix(a: Rgb, b: Rgb, share: number): Rgb {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
}

export class Raster implements Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;

  constructor(width: number, height: number, ground: Rgb) {
    this.width = width;
    this.height = height;
    this.rgba = new Uint8Array(width * height * 4);
    this.fill(0, 0, width, height, ground);
  }

  /** Outside the picture nothing is drawn. */
  set(x: number, y: number, colour: Rgb, opacity = 1): void {
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return;
    const at = (y * this.width + x) * 4;
    for (let channel = 0; channel < 3; channel += 1) {
      const under = this.rgba[at + channel] ?? 0;
      this.rgba[at + channel] = Math.round(under + ((colour[channel] ?? 0) - under) * opacity);
    }
    this.rgba[at + 3] = 255;
  }

  get(x: number, y: number): Rgb {
    const at = (y * this.width + x) * 4;
    return [this.rgba[at] ?? 0, this.rgba[at + 1] ?? 0, this.rgba[at + 2] ?? 0];
  }

  fill(left: number, top: number, width: number, height: number, colour: Rgb, opacity = 1): void {
    for (let y = top; y < top + height; y += 1) for (let x = left; x < left + width; x += 1) this.set(x, y, colour, opacity);
  }

  draw(picture: Picture, left: number, top: number): void {
    for (let y = 0; y < picture.height; y += 1) {
      for (let x = 0; x < picture.width; x += 1) {
        const at = (y * picture.width + x) * 4;
        this.set(left + x, top + y, [picture.rgba[at] ?? 0, picture.rgba[at + 1] ?? 0, picture.rgba[at + 2] ?? 0]);
      }
    }
  }

  /** Lays `colour` over the picture by the share of each pixel that is covered. */
  cover({ left, top, width, height, values }: Coverage, colour: Rgb, opacity = 1): void {
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const share = values[y * width + x] ?? 0;
        if (share > 0) this.set(left + x, top + y, colour, share * opacity);
      }
    }
  }
}
