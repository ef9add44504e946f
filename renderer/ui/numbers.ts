// Numbers as every panel writes them: thousands with commas, a space before a unit, the same decimals for the same quantity.

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** '131,072' */
export const wholeNumber = (value: number): string => grouped.format(value);

/** '1 head', '1,024 heads' */
export const headCount = (count: number): string => `${wholeNumber(count)} ${count === 1 ? 'head' : 'heads'}`;

/** Of a fraction: '9.8 %'. Nothing that is not zero is written as zero. */
export function percent(fraction: number, decimals = 1): string {
  const least = 10 ** -decimals;
  const value = 100 * fraction;
  if (value > 0 && value < least / 2) return `< ${least.toFixed(decimals)} %`;
  // A recall a rounding error above 1 misses nothing, not minus nothing.
  const text = value.toFixed(decimals);
  return `${signed(Number(text) === 0 ? text.replace('-', '') : text)} %`;
}

/** '0.974' */
export const recallText = (recall: number): string => signed(recall.toFixed(3));

/** Of one pair, as wide as any other of its kind: '0.0186', '6.68e−4'. */
export const pairText = (attention: number, digits = 3): string =>
  attention === 0 || attention >= 0.001 ? attention.toPrecision(digits) : signed(attention.toExponential(digits - 1));

/** A duration in milliseconds: '0.41 ms', '72.3 ms', '1.20 s', '11 min'. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${milliseconds.toFixed(2)} ms`;
  if (milliseconds < 1000) return `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}

/** A duration that is not measured, as rough as it is known: '≈ 0.4 s', '≈ 11 s', '≈ 3 min'. */
export function aboutDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 120) return `≈ ${seconds < 9.5 ? Math.max(0.1, seconds).toFixed(1) : Math.round(seconds)} s`;
  return seconds < 7200 ? `≈ ${Math.round(seconds / 60)} min` : `≈ ${Math.round(seconds / 3600)} h`;
}

/** '988 MB', '4.2 GB': powers of ten, as file managers write them. */
export function byteCount(bytes: number): string {
  if (bytes < 1000) return `${wholeNumber(bytes)} B`;
  for (const [unit, size] of [
    ['kB', 1e3],
    ['MB', 1e6],
    ['GB', 1e9],
  ] as const) {
    if (bytes < 1000 * size) return `${(bytes / size).toFixed(bytes < 10 * size ? 1 : 0)} ${unit}`;
  }
  return `${(bytes / 1e12).toFixed(1)} TB`;
}

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Of a base and a whole exponent: '2⁻¹⁸'. <Exponents> draws it. */
export function power(base: number, exponent: number): string {
  const digits = [...String(Math.abs(exponent))].map((digit) => RAISED[Number(digit)]).join('');
  return `${base}${exponent < 0 ? '⁻' : ''}${digits}`;
}

/** A minus sign, not a hyphen. */
const signed = (text: string) => text.replace('-', '−');
