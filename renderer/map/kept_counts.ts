// How much of any stretch of columns or distances a mask keeps, without visiting its tokens: counts from the start, made once a budget.
import { type Diagonals, sameDiagonals } from './mask_rule.ts';

/** What is counted. */
export const COLUMNS = 0;
export const DISTANCES = 1;
export type Family = typeof COLUMNS | typeof DISTANCES;

/** How many kept columns, and kept distances, lie below each position: two lists side by side, [tokens + 1, 2]. `into` is reused
 * where it fits. */
export function keptBelow(rule: Diagonals, tokens: number, into?: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const counts = into && into.length >= 2 * (tokens + 1) ? into : new Uint32Array(2 * (tokens + 1));
  let columns = 0;
  let distances = 0;
  const { columnRanks, distanceRanks } = rule;
  counts[0] = 0;
  counts[1] = 0;
  for (let at = 0; at < tokens; at += 1) {
    if ((columnRanks ? columnRanks[at]! : at) < rule.columns) columns += 1;
    if ((distanceRanks ? distanceRanks[at]! : at) < rule.distances) distances += 1;
    counts[2 * at + 2] = columns;
    counts[2 * at + 3] = distances;
  }
  return counts;
}

/** The counts of the newest rule: the picture and its tracks ask for the same ones in a frame. */
export class KeptCounts {
  #rule: Diagonals | null = null;
  #tokens = 0;
  #counts = new Uint32Array(0);

  of(rule: Diagonals, tokens: number): Uint32Array {
    if (this.#rule === null || this.#tokens !== tokens || !sameDiagonals(this.#rule, rule)) {
      this.#counts = keptBelow(rule, tokens, this.#counts);
      this.#rule = rule;
      this.#tokens = tokens;
    }
    return this.#counts;
  }
}

function below(counts: Uint32Array, family: Family, tokens: number, position: number): number {
  if (position <= 0) return 0;
  if (position >= tokens) return counts[2 * tokens + family]!;
  const whole = Math.floor(position);
  const low = counts[2 * whole + family]!;
  return low + (position - whole) * (counts[2 * whole + 2 + family]! - low);
}

/** Kept positions of [from, to), where a position partly inside counts partly. */
export function keptBetween(counts: Uint32Array, family: Family, tokens: number, from: number, to: number): number {
  return below(counts, family, tokens, to) - below(counts, family, tokens, from);
}

/** Kept positions that [from, to) touches. */
export function keptTouched(counts: Uint32Array, family: Family, tokens: number, from: number, to: number): number {
  const first = Math.min(tokens, Math.max(0, Math.floor(from)));
  const end = Math.min(tokens, Math.max(0, Math.ceil(to)));
  return counts[2 * end + family]! - counts[2 * first + family]!;
}

/** Rows of a cell that are looked at one by one; columns of a row are counted exactly. */
export const COVERAGE_ROWS = 4;

/** The share of a cell of `size` x `size` tokens that kept columns cover; `k`: its first key. */
export const columnShare = (counts: Uint32Array, tokens: number, k: number, size: number): number =>
  keptBetween(counts, COLUMNS, tokens, k, k + size) / size;

/** The same of kept distances, over COVERAGE_ROWS rows; `distance`: its first row less its first key. */
export function distanceShare(counts: Uint32Array, tokens: number, distance: number, size: number): number {
  let share = 0;
  for (let row = 0; row < COVERAGE_ROWS; row += 1) {
    const from = distance + ((row + 0.5) / COVERAGE_ROWS - 1) * size + 0.5;
    const causal = Math.min(from + size, tokens) - Math.max(from, 0);
    share += keptBetween(counts, DISTANCES, tokens, from, from + size) / Math.max(causal, 1e-6);
  }
  return Math.min(1, share / COVERAGE_ROWS);
}

/** The share of a cell's causal tokens that the mask keeps, its columns and distances taken as independent of each other. */
export const keptShare = (column: number, distance: number): number => 1 - (1 - column) * (1 - distance);
