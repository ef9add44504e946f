// How much a template may make while it renders. A thread that is out of memory can take the process with it where one piece is large, so
// what grows is counted before it is made.

/** UTF-16 units of text and eight for an item of a list, all together. */
const ALLOWANCE = 1 << 26;

let left = 0;

/** Called at the start of each rendering, which is synchronous. */
export function startAllowance(): void {
  left = ALLOWANCE;
}

/** Throws RangeError where the template has made too much. */
export function spend(units: number): void {
  left -= units;
  if (!(left >= 0)) throw new RangeError('it makes too much text or too long lists');
}

/** Texts joined, counted before. */
export function joinTexts(parts: readonly string[], separator: string): string {
  spend(parts.reduce((sum, part) => sum + part.length + separator.length, 0));
  return parts.join(separator);
}
