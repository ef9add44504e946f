// From a share in [0, 1] to a colour, as tables of 256 RGBA entries for a shader's texture or a canvas. Zero is the page in both
// themes and every ramp is monotone in lightness: more ink is more mass, in print and with any colour vision.

export type ThemeName = 'light' | 'dark';
export type Rgb = readonly [number, number, number];
export type ColourMap = 'attention' | 'attentionGrey' | 'missed' | 'kept' | 'difference' | 'viridis' | 'magma' | 'grey';

export const TABLE_STEPS = 256;
/** Bytes of one table: 256 x RGBA. */
export const TABLE_BYTES = TABLE_STEPS * 4;

/** The page of a map (`--plate`) and the ground above its diagonal (`--void`); theme.css holds the same values for everything else. */
export const PLATE: Readonly<Record<ThemeName, Rgb>> = { light: [255, 255, 255], dark: [12, 14, 16] };
export const VOID: Readonly<Record<ThemeName, Rgb>> = { light: [243, 244, 246], dark: [20, 22, 26] };

const clamp = (x: number) => (x > 0 ? Math.min(1, x) : 0);
const smoothstep = (low: number, high: number, x: number) => {
  const t = clamp((x - low) / (high - low));
  return t * t * (3 - 2 * t);
};
export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];

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
export const lightness = (colour: Rgb): number => toLab(colour)[0];

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

/** Viridis and magma (van der Walt, Smith 2015) by nine of their colours each. */
const VIRIDIS: readonly Rgb[] = (
  [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
  ] as const
).map(toLab);
const MAGMA: readonly Rgb[] = (
  [
    [0, 0, 4],
    [28, 16, 68],
    [79, 18, 123],
    [129, 37, 129],
    [181, 54, 122],
    [229, 80, 100],
    [251, 135, 97],
    [254, 194, 135],
    [252, 253, 191],
  ] as const
).map(toLab);
const GREY: readonly Rgb[] = ([[16, 16, 16] as const, [242, 242, 242] as const] as const).map(toLab);

function along(colours: readonly Rgb[], share: number): Rgb {
  const at = clamp(share) * (colours.length - 1);
  const below = Math.min(colours.length - 2, Math.floor(at));
  return fromLab(mix(colours[below] ?? [0, 0, 0], colours[below + 1] ?? [0, 0, 0], at - below));
}

/** Light: the map reversed, its first half fading from the page. Dark: the map, its first fifth fading from the plate. */
const fromPage =
  (colours: readonly Rgb[]) =>
  (share: number, theme: ThemeName): Rgb =>
    theme === 'dark'
      ? mix(PLATE.dark, along(colours, 0.04 + 0.96 * share), smoothstep(0, 0.2, share))
      : mix(PLATE.light, along(colours, 0.9 - 0.9 * share ** 0.8), smoothstep(0, 0.5, share));

/** Attention under missed mass: the same order without hue, so that warm means loss only. */
const attentionGrey = (share: number, theme: ThemeName): Rgb =>
  mix(PLATE[theme], theme === 'dark' ? [92, 98, 107] : [186, 191, 199], 0.9 * share);

const MISSED_STOPS: Readonly<Record<ThemeName, readonly [Rgb, Rgb, Rgb, Rgb]>> = {
  light: [PLATE.light, [250, 196, 160], [226, 86, 15], [122, 38, 6]],
  dark: [PLATE.dark, [92, 40, 18], [226, 90, 34], [255, 190, 160]],
};

/** One warm hue; lightness carries the value. */
function missed(share: number, theme: ThemeName): Rgb {
  const [page, first, second, last] = MISSED_STOPS[theme];
  if (share < 1 / 3) return mix(page, first, share * 3);
  if (share < 2 / 3) return mix(first, second, share * 3 - 1);
  return mix(second, last, share * 3 - 2);
}

const MASK_LINE: Readonly<Record<ThemeName, Rgb>> = { light: [8, 145, 168], dark: [70, 201, 221] };

/** How much the mask keeps, in its own hue; paler than attention, which stays the loudest thing in a picture. */
const kept = (share: number, theme: ThemeName): Rgb => mix(PLATE[theme], MASK_LINE[theme], 0.85 * share);

/** Half is the page: below it blue (more in A), above it orange (more in B). */
function difference(share: number, theme: ThemeName): Rgb {
  const dark = theme === 'dark';
  const signed = (share - 0.5) * 2;
  const end: Rgb = signed < 0 ? (dark ? [92, 164, 255] : [23, 88, 178]) : dark ? [255, 176, 64] : [190, 104, 0];
  return mix(PLATE[theme], end, Math.abs(signed) ** 0.8);
}

const MAPS: Readonly<Record<ColourMap, (share: number, theme: ThemeName) => Rgb>> = {
  attention: fromPage(CIVIDIS),
  attentionGrey,
  missed,
  kept,
  difference,
  viridis: fromPage(VIRIDIS),
  magma: fromPage(MAGMA),
  grey: fromPage(GREY),
};

/** The map that attention is drawn with under the user's choice. */
export const attentionMap = (choice: 'cividis' | 'viridis' | 'magma' | 'grey'): ColourMap => (choice === 'cividis' ? 'attention' : choice);

/** Writes the map's 256 colours, RGBA with full alpha, into `into` from its first byte. `into` holds at least TABLE_BYTES. */
export function fillColourTable(map: ColourMap, theme: ThemeName, into: Uint8Array | Uint8ClampedArray): void {
  if (into.length < TABLE_BYTES) throw new RangeError(`A colour table takes ${TABLE_BYTES} bytes, not ${into.length}.`);
  const colour = MAPS[map];
  for (let step = 0; step < TABLE_STEPS; step += 1) {
    const [r, g, b] = colour(step / (TABLE_STEPS - 1), theme);
    into[step * 4] = Math.round(r);
    into[step * 4 + 1] = Math.round(g);
    into[step * 4 + 2] = Math.round(b);
    into[step * 4 + 3] = 255;
  }
}

const made = new Map<string, Uint8Array>();

/** The table of a map, made once. Do not write into it. */
export function colourTable(map: ColourMap, theme: ThemeName): Uint8Array {
  const key = `${map} ${theme}`;
  let table = made.get(key);
  if (!table) {
    table = new Uint8Array(TABLE_BYTES);
    fillColourTable(map, theme, table);
    made.set(key, table);
  }
  return table;
}

/** The colour of a share in [0, 1]; outside it the nearest end, NaN as 0. */
export function colourAt(table: Uint8Array, share: number): Rgb {
  const at = Math.round(clamp(share) * (TABLE_STEPS - 1)) * 4;
  return [table[at] ?? 0, table[at + 1] ?? 0, table[at + 2] ?? 0];
}

export const cssColour = ([r, g, b]: Rgb): string => `rgb(${Math.round(r)} ${Math.round(g)} ${Math.round(b)})`;

/** WCAG relative luminance, to choose the ink on a coloured cell. */
export const luminance = ([r, g, b]: Rgb): number => 0.2126 * toLinear(r) + 0.7152 * toLinear(g) + 0.0722 * toLinear(b);

/** Missed mass at which a head no longer passes quietly, where the user has set no other target. */
export const MISSED_TARGET = 0.05;
/** Missed mass at the end of the atlas' scale. */
export const MISSED_LIMIT = 0.4;
/** Where the scale breaks: the shares of the missed map just below the target and at it. */
export const BELOW_TARGET = 0.17;
export const AT_TARGET = 0.3;
const AT_LIMIT = 0.86;

/** Place of a head's missed mass on the missed map: up to the target its first fifth, then a clear step, logarithmic to the limit. */
export function missedShare(amount: number, target = MISSED_TARGET): number {
  if (!(amount > 0)) return 0;
  if (amount < target) return BELOW_TARGET * Math.sqrt(amount / target);
  const limit = Math.max(MISSED_LIMIT, 2 * target);
  return Math.min(
    AT_LIMIT,
    AT_TARGET + ((AT_LIMIT - AT_TARGET) * Math.log(amount / Math.max(target, 1e-4))) / Math.log(limit / Math.max(target, 1e-4)),
  );
}
