// Numbers of the inspector and the config as text: the same decimals everywhere, a minus sign, changes with their sign.

/** A true minus sign; what rounds to zero has none. */
const minus = (text: string) => (Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−'));

/** Of a fraction, without the unit: '9.8'. */
export const percentNumber = (fraction: number, decimals = 1): string => minus((100 * fraction).toFixed(decimals));

/** '+0.013'; '±0' where it rounds to nothing. */
export function changeOf(now: number, before: number, decimals: number, unit = ''): string {
  const change = (now - before).toFixed(decimals);
  if (Number(change) === 0) return '±0';
  return `${Number(change) > 0 ? '+' : ''}${minus(change)}${unit && ` ${unit}`}`;
}

/** Of fractions, in percentage points: '+1.9 pp'. */
export const pointsOf = (now: number, before: number): string => changeOf(100 * now, 100 * before, 1, 'pp');
