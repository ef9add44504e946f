// The largest mean attention of any stretch of columns, without visiting them: maxima of pairs, of pairs of pairs, and so on.

export class ColumnPeaks {
  /** Level l holds the largest of every 2^l columns. */
  readonly #levels: Float64Array[];

  /** `mass`: of each column, over all rows; a column is seen by the rows from itself on. */
  constructor(mass: Float64Array) {
    let level = mass.map((value, k) => value / (mass.length - k));
    this.#levels = [level];
    while (level.length > 1) {
      const finer = level;
      level = new Float64Array(Math.ceil(finer.length / 2));
      for (let at = 0; at < level.length; at += 1) level[at] = Math.max(finer[2 * at]!, finer[2 * at + 1] ?? 0);
      this.#levels.push(level);
    }
  }

  /** Of columns [from, to); 0 of none. */
  largest(from: number, to: number): number {
    let best = 0;
    let [a, b] = [Math.max(0, from), Math.min(this.#levels[0]?.length ?? 0, to)];
    for (const level of this.#levels) {
      if (a >= b) break;
      if (a % 2 === 1) best = Math.max(best, level[a++]!);
      if (b % 2 === 1 && b > a) best = Math.max(best, level[--b]!);
      a /= 2;
      b /= 2;
    }
    return best;
  }
}
