// Pictures as PNG files (ISO/IEC 15948): exact where that is cheap, else one byte a pixel.
import { crc32, deflateSync } from 'node:zlib';
import { indexed, PALETTE_SIZE } from './palette.ts';
import type { Picture } from './raster.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const TRUE_COLOUR = 2;
const INDEXED_COLOUR = 3;
/** A picture whose exact colours take no more is not worth a palette. */
const EXACT_BYTES = 96 * 1024;

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

/** Every row begins with its filter: none, which did best on maps and atlases, in colours as in palette indices. */
function compressed(pixels: Uint8Array, rowBytes: number): Buffer {
  const height = pixels.length / rowBytes;
  const rows = Buffer.alloc((rowBytes + 1) * height);
  for (let y = 0; y < height; y += 1) rows.set(pixels.subarray(y * rowBytes, (y + 1) * rowBytes), y * (rowBytes + 1) + 1);
  return deflateSync(rows, { level: 9, memLevel: 9 });
}

function withoutAlpha(rgba: Uint8Array): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) rgb.set(rgba.subarray(from, from + 3), to);
  return rgb;
}

/**
 * The picture must be opaque. Exact for up to 256 colours and for everything that fits EXACT_BYTES; else every pixel has the nearest colour of
 * the picture's palette. pixelsPerUnit: the resolution, at 96 units an inch.
 */
export function encodePng({ width, height, rgba }: Picture, pixelsPerUnit = 1): Buffer {
  const { palette, indices, colours } = indexed(rgba);
  const paletted = compressed(indices, width);
  const tryExact = colours > PALETTE_SIZE && paletted.length < EXACT_BYTES;
  const exact = tryExact ? compressed(withoutAlpha(rgba), 3 * width) : undefined;
  const asColours = exact !== undefined && exact.length <= EXACT_BYTES;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, asColours ? TRUE_COLOUR : INDEXED_COLOUR, 0, 0, 0], 8);
  const resolution = Buffer.alloc(9);
  const pixelsPerMetre = Math.round((96 * pixelsPerUnit) / 0.0254);
  resolution.writeUInt32BE(pixelsPerMetre, 0);
  resolution.writeUInt32BE(pixelsPerMetre, 4);
  resolution[8] = 1;
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('pHYs', resolution),
    ...(asColours ? [] : [chunk('PLTE', Uint8Array.from(palette.flat()))]),
    chunk('IDAT', asColours ? exact : paletted),
    chunk('IEND', new Uint8Array()),
  ]);
}

export function pngDataUri(picture: Picture): string {
  return `data:image/png;base64,${encodePng(picture).toString('base64')}`;
}
