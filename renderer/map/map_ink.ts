// The style sheet's colours and fonts for what is painted by hand, read once a theme.

import { paintingOn } from '../ui/painting.ts';

export interface MapInk {
  surface: string;
  sunken: string;
  active: string;
  line2: string;
  control: string;
  text: string;
  text2: string;
  text3: string;
  accent: string;
  maskLine: string;
  missFill: string;
  missSoft: string;
  casing: string;
  void: string;
  uiFont: string;
  monoFont: string;
}

export function readInk(element: Element): MapInk {
  const style = getComputedStyle(element);
  const token = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    surface: token('--surface', '#ffffff'),
    sunken: token('--sunken', '#eaecef'),
    active: token('--active', '#dde1e6'),
    line2: token('--line-2', '#c8cdd4'),
    control: token('--control', '#858e9b'),
    text: token('--text', '#15181c'),
    text2: token('--text-2', '#464e59'),
    text3: token('--text-3', '#5d6673'),
    accent: token('--accent', '#3b4cc0'),
    maskLine: token('--mask-line', '#0891a8'),
    missFill: token('--miss-fill', '#e2560f'),
    missSoft: token('--miss-soft', '#fdebe0'),
    casing: token('--casing', 'rgba(255,255,255,.85)'),
    void: token('--void', '#f3f4f6'),
    uiFont: token('--font-ui', 'system-ui, sans-serif'),
    monoFont: token('--font-mono', 'monospace'),
  };
}

const packed = new Map<string, number>();
let pixel: CanvasRenderingContext2D | null | undefined;

/** A colour of the style sheet as a pixel of an ImageData read as Uint32Array; asked of the browser once a colour. */
export function packedColour(colour: string): number {
  const known = packed.get(colour);
  if (known !== undefined) return known;
  pixel ??= paintingOn(document.createElement('canvas'));
  if (!pixel) return 0;
  pixel.clearRect(0, 0, 1, 1);
  pixel.fillStyle = colour;
  pixel.fillRect(0, 0, 1, 1);
  const found = new Uint32Array(pixel.getImageData(0, 0, 1, 1).data.buffer)[0] ?? 0;
  packed.set(colour, found);
  return found;
}

/** A pixel over an opaque one, `opacity` (0 to 1) of itself. */
export function blended(ground: number, colour: number, opacity = 1): number {
  const share = (opacity * (colour >>> 24)) / 255;
  let mixed = 0xff000000;
  for (const shift of [0, 8, 16]) {
    const below = (ground >>> shift) & 255;
    const above = (colour >>> shift) & 255;
    mixed |= Math.round(below + share * (above - below)) << shift;
  }
  return mixed >>> 0;
}
