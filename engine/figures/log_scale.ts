// Where a picture's colours begin and end. Attention spans many octaves, so the scale is log2.

/** log2 of the values at both ends of the ramp; whole octaves, so that the legend can print them exactly. */
export interface LogLimits {
  low: number;
  high: number;
}

/** Octaves a ramp spans at most: below that cells differ by less than a thousandth of what is drawn fully. */
const WIDEST = 20;

/** From the 1st and the 99.9th percentile of the positive cells. Without any: one octave below 1. */
export function logLimits(cells: Float32Array): LogLimits {
  const positive = cells.filter((cell) => cell > 0).sort();
  if (positive.length === 0) return { low: -1, high: 0 };
  const at = (share: number) => Math.log2(positive[Math.min(positive.length - 1, Math.floor(share * positive.length))] ?? 1);
  // A probability of 1 may come out a rounding above it; that is no octave of its own.
  const high = Math.ceil(at(0.999) - 1e-3);
  const low = Math.floor(at(0.01));
  return { low: Math.max(high - WIDEST, Math.min(low, high - 1)), high };
}

/** 0 for cells at or below the low limit, 1 at the high one. */
export function logShare(cell: number, { low, high }: LogLimits): number {
  if (!(cell > 0)) return 0;
  return Math.min(1, Math.max(0, (Math.log2(cell) - low) / (high - low)));
}

/** About `count` positions from `begin` (included) to `end`, at round steps (1, 2, 5 x 10^n, or a power of two from 1,024 on). */
export function axisTicks(begin: number, end: number, count: number): number[] {
  const wanted = Math.max(1, (end - begin) / count);
  let step = wanted >= 700 ? 2 ** Math.round(Math.log2(wanted)) : 10 ** Math.floor(Math.log10(wanted));
  if (wanted < 700) step *= [1, 2, 5, 10].find((factor) => factor * step >= wanted) ?? 10;
  const ticks: number[] = [];
  for (let at = Math.ceil(begin / step) * step; at < end; at += step) ticks.push(at);
  return ticks;
}
