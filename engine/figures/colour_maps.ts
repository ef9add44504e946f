// From a share in [0, 1] to a colour. Zero is the page in both themes and every ramp is monotone in lightness, so that the eye reads
// more ink as more mass, in print and with any colour vision.
import { mix, type Rgb } from './raster.ts';
import type { Theme } from './theme.ts';

export const RAMP_STEPS = 256;
/** RAMP_STEPS colours. */
export type Ramp = readonly Rgb[];

const clamp = (x: number) => (x > 0 ? Math.min(1, x) : 0);
const smoothstep = (low: number, high: number, x: number) => {
  const t = clamp((x - low) / (high - low));
  return t * t * (3 - 2 * t);
};
const ramp = (colour: (share: number) => Rgb): Ramp => Array.from({ length: RAMP_STEPS }, (_, step) => colour(step / (RAMP_STEPS - 1)));

export function rampColour(colours: Ramp, share: number): Rgb {
  return colours[Math.round(clamp(share) * (RAMP_STEPS - 1))] ?? [0, 0, 0];
}

const toLinear = (c: number) => (c <= 0.04045 * 255 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const toByte = (c: number) => Math.min(255, Math.max(0, 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055)));

/** OKLab (Björn Ottosson, 2020). */
function toLab([r8, g8, b8]: Rgb): Rgb {
  const [r, g, b] = [toLinear(r8), toLinear(g8), toLinear(b8)];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromLab([lightness, a, b]: Rgb): Rgb {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    toByte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    toByte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    toByte(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/** OKLab lightness, 0 black to 1 white: what "monotone" is measured in. */
export const lightness = (colour: Rgb) => toLab(colour)[0];

/** Cividis (Nuñez, Anderton, Renslow 2018) by five of its colours, with lightness rising evenly in between. */
const CIVIDIS: readonly Rgb[] = (
  [
    [0, 34, 78],
    [64, 77, 107],
    [124, 123, 120],
    [188, 175, 111],
    [254, 232, 56],
  ] as const
).map(toLab);

function cividis(share: number): Rgb {
  const at = clamp(share) * (CIVIDIS.length - 1);
  const below = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return fromLab(mix(CIVIDIS[below] ?? [0, 0, 0], CIVIDIS[below + 1] ?? [0, 0, 0], at - below));
}

/** Light: cividis reversed, its first half fading from the page. Dark: cividis, its first fifth fading from the plate. */
export function attentionRamp(theme: Theme): Ramp {
  return theme.name === 'dark'
    ? ramp((share) => mix(theme.plate, cividis(0.04 + 0.96 * share), smoothstep(0, 0.2, share)))
    : ramp((share) => mix(theme.plate, cividis(0.9 - 0.9 * share ** 0.8), smoothstep(0, 0.5, share)));
}

/** Attention outside the mask: the same order in grey, too faint to be taken for kept mass. */
export function dimmedRamp(theme: Theme): Ramp {
  const end: Rgb = theme.name === 'dark' ? [92, 98, 107] : [186, 191, 199];
  return ramp((share) => mix(theme.plate, end, 0.9 * share));
}

export function missedRamp(theme: Theme): Ramp {
  const stops: readonly Rgb[] =
    theme.name === 'dark'
      ? [theme.plate, [92, 40, 18], [226, 90, 34], [255, 190, 160]]
      : [theme.plate, [250, 196, 160], [226, 86, 15], [122, 38, 6]];
  return ramp((share) => {
    const below = Math.min(2, Math.floor(share * 3));
    return mix(stops[below] ?? theme.plate, stops[below + 1] ?? theme.plate, share * 3 - below);
  });
}

/** The fraction of a cell that the mask keeps; paler than attention, which stays the loudest thing in the picture. */
export function keptRamp(theme: Theme): Ramp {
  return ramp((share) => mix(theme.void, theme.maskLine, 0.6 * share));
}

/** Missed mass at which a head no longer passes quietly. */
export const MISSED_TARGET = 0.05;
/** Missed mass at the ramp's end. */
export const MISSED_LIMIT = 0.4;

/** Place of a head's missed mass on the missed ramp: up to the target its first fifth, then a clear step, logarithmic to the limit. */
export function missedShare(missed: number): number {
  if (!(missed > 0)) return 0;
  if (missed < MISSED_TARGET) return 0.17 * Math.sqrt(missed / MISSED_TARGET);
  return Math.min(0.86, 0.3 + (0.56 * Math.log(missed / MISSED_TARGET)) / Math.log(MISSED_LIMIT / MISSED_TARGET));
}
