// A pattern as a test of one cell. Columns and distances are kept where their rank is below a budget, blocks where their rank in
// their row is: nothing is rebuilt when a budget moves. The shader (map_shader.ts) asks the same questions of the same numbers.
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import type { Ranks } from '../state/surfaces.ts';

/** MInference's floors of a vertical_slash budget, as clamp_budgets() of the engine has them. */
const FEWEST_VERTICALS = 30;
const FEWEST_SLASHES = 50;

export type MaskRule =
  /** Not known yet: the ranks are on their way, or were refused. */
  | { kind: 'unknown' }
  | { kind: 'all' }
  /** Key j is kept for row i iff rank(j) < columns or rank(i - j) < distances; without ranks a position is its own rank. */
  | { kind: 'diagonals'; columns: number; distances: number; columnRanks: Int32Array | null; distanceRanks: Int32Array | null }
  /** Key block b is kept for block row a iff ranks[a * side + b] < blocks. */
  | { kind: 'blocks'; blocks: number; blockSize: number; side: number; ranks: Int32Array };

/** What the ranks of a pattern depend on; null where it needs none. */
export interface Estimator {
  kind: 'vertical_slash' | 'block_sparse';
  lastQueries?: number;
  forcedSinks?: number;
  forcedLocal?: number;
  blockSize?: number;
}

export function estimatorOf(pattern: Pattern): Estimator | null {
  const { lastQueries, forcedSinks, forcedLocal, blockSize } = ESTIMATOR_DEFAULTS;
  if (pattern.kind === 'vertical_slash') {
    return {
      kind: 'vertical_slash',
      lastQueries: pattern.lastQueries ?? lastQueries,
      forcedSinks: pattern.forcedSinks ?? forcedSinks,
      forcedLocal: pattern.forcedLocal ?? forcedLocal,
    };
  }
  return pattern.kind === 'block_sparse' ? { kind: 'block_sparse', blockSize: pattern.blockSize ?? blockSize } : null;
}

const within = (value: number, lowest: number, highest: number) => Math.min(Math.max(value, lowest), highest);

/** `ranks` made with the pattern's own estimator. */
export function maskRule(pattern: Pattern | null, ranks: Ranks | null, tokens: number): MaskRule {
  switch (pattern?.kind) {
    case undefined:
      return { kind: 'unknown' };
    case 'dense':
      return { kind: 'all' };
    case 'a_shape':
      return {
        kind: 'diagonals',
        columns: within(pattern.sink, 0, tokens),
        distances: within(pattern.window, 1, tokens),
        columnRanks: null,
        distanceRanks: null,
      };
    case 'vertical_slash': {
      if (ranks?.kind !== 'vertical_slash' || ranks.columns.length !== tokens || ranks.distances.length !== tokens)
        return { kind: 'unknown' };
      const sinks = Math.min(pattern.forcedSinks ?? ESTIMATOR_DEFAULTS.forcedSinks, tokens);
      const local = Math.min(pattern.forcedLocal ?? ESTIMATOR_DEFAULTS.forcedLocal, tokens);
      return {
        kind: 'diagonals',
        columns: within(pattern.verticals, Math.min(FEWEST_VERTICALS, sinks), tokens),
        distances: within(pattern.slashes, Math.max(1, Math.min(FEWEST_SLASHES, local)), tokens),
        columnRanks: ranks.columns,
        distanceRanks: ranks.distances,
      };
    }
    case 'block_sparse': {
      const blockSize = pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize;
      const side = Math.ceil(tokens / blockSize);
      if (ranks?.kind !== 'block_sparse' || ranks.side !== side || ranks.blocks.length !== side * side) return { kind: 'unknown' };
      return { kind: 'blocks', blocks: within(pattern.blocks, 0, side), blockSize, side, ranks: ranks.blocks };
    }
  }
}

export type Diagonals = Extract<MaskRule, { kind: 'diagonals' }>;

const rankOf = (ranks: Int32Array | null, at: number): number => (ranks ? (ranks[at] ?? Number.POSITIVE_INFINITY) : at);
export const keepsColumn = (rule: Diagonals, k: number): boolean => rankOf(rule.columnRanks, k) < rule.columns;
export const keepsDistance = (rule: Diagonals, distance: number): boolean => rankOf(rule.distanceRanks, distance) < rule.distances;

/** Whether the mask keeps key k for row q, k <= q. Null: not known. */
export function keeps(rule: MaskRule, q: number, k: number): boolean | null {
  switch (rule.kind) {
    case 'unknown':
      return null;
    case 'all':
      return true;
    case 'diagonals':
      return keepsColumn(rule, k) || keepsDistance(rule, q - k);
    case 'blocks':
      return (rule.ranks[Math.floor(q / rule.blockSize) * rule.side + Math.floor(k / rule.blockSize)] ?? Infinity) < rule.blocks;
  }
}

/** Whether two rules of columns and distances keep the same: the ranks are compared as objects. */
export const sameDiagonals = (a: Diagonals, b: Diagonals): boolean =>
  a.columns === b.columns && a.distances === b.distances && a.columnRanks === b.columnRanks && a.distanceRanks === b.distanceRanks;

/** What keeps the cell: words for the status bar. Null: missed. Undefined: not known. */
export function keptBy(rule: MaskRule, pattern: Pattern | null, q: number, k: number): string | null | undefined {
  const kept = keeps(rule, q, k);
  if (kept === null || !pattern) return undefined;
  if (!kept) return null;
  if (rule.kind !== 'diagonals') return rule.kind === 'blocks' ? 'block' : 'dense';
  const count = (value: number) => value.toLocaleString('en-US');
  if (pattern.kind === 'a_shape') return keepsColumn(rule, k) ? 'sink' : 'window';
  return keepsColumn(rule, k) ? `column ${count(k)}` : `slash ${count(q - k)}`;
}
