// Budgets of a pattern on an input of N tokens: defaults filled in, clamped as the engine clamps them, and the steps of a slider.
import type { NativePattern } from '../native/addon.ts';
import { ESTIMATOR_DEFAULTS, type Pattern } from '../protocol/pattern.ts';

/** MInference's floors of a vertical_slash budget. */
const FEWEST_VERTICALS = 30;
const FEWEST_SLASHES = 50;

/** The pattern with MInference's constants where it leaves them out. */
export function withDefaults(pattern: Pattern): NativePattern {
  switch (pattern.kind) {
    case 'dense':
    case 'a_shape':
      return pattern;
    case 'vertical_slash':
      return {
        kind: 'vertical_slash',
        verticals: pattern.verticals,
        slashes: pattern.slashes,
        lastQueries: pattern.lastQueries ?? ESTIMATOR_DEFAULTS.lastQueries,
        forcedSinks: pattern.forcedSinks ?? ESTIMATOR_DEFAULTS.forcedSinks,
        forcedLocal: pattern.forcedLocal ?? ESTIMATOR_DEFAULTS.forcedLocal,
      };
    case 'block_sparse':
      return { kind: 'block_sparse', blocks: pattern.blocks, blockSize: pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize };
  }
}

export interface ClampedPattern {
  pattern: NativePattern;
  /** One sentence for every budget that changed. */
  notes: string[];
}

/** What the native engine makes of `pattern` on `rows` tokens (clamp_budgets in native/core/pattern.cc): no budget above the input,
 * vertical_slash not below MInference's floors (30 columns and 50 distances, less where less is forced), a window and a block count of at
 * least 1. */
export function clampBudgets(pattern: Pattern, rows: number): ClampedPattern {
  const full = withDefaults(pattern);
  const notes: string[] = [];
  const within = (name: string, value: number, lowest: number, highest: number): number => {
    const used = Math.min(Math.max(value, lowest), highest);
    if (used !== value)
      notes.push(`${name} ${value} is used as ${used}: ${value > highest ? `the input has ${highest}` : `the least is ${lowest}`}.`);
    return used;
  };
  switch (full.kind) {
    case 'dense':
      return { pattern: full, notes };
    case 'a_shape':
      return { pattern: { ...full, sink: within('sink', full.sink, 0, rows), window: within('window', full.window, 1, rows) }, notes };
    case 'vertical_slash': {
      const lastQueries = Math.min(Math.max(full.lastQueries, 1), rows);
      const forcedSinks = Math.min(full.forcedSinks, rows);
      const forcedLocal = Math.min(full.forcedLocal, rows);
      return {
        pattern: {
          ...full,
          lastQueries,
          forcedSinks,
          forcedLocal,
          verticals: within('verticals', full.verticals, Math.min(FEWEST_VERTICALS, forcedSinks), rows),
          slashes: within('slashes', full.slashes, Math.max(1, Math.min(FEWEST_SLASHES, forcedLocal, rows)), rows),
        },
        notes,
      };
    }
    case 'block_sparse':
      return { pattern: { ...full, blocks: within('blocks', full.blocks, 1, Math.ceil(rows / full.blockSize)) }, notes };
  }
}

/** Ascending whole numbers from `min` to `max`, about `steps` of them evenly spaced in the logarithm (one apart where that is finer),
 * and every candidate between. For a slider whose stops are also the edges of a recall surface. */
export function sliderEdges(max: number, candidates: readonly number[] = [], { min = 1, steps = 64 } = {}): Int32Array {
  if (!(Number.isInteger(min) && Number.isInteger(max) && min >= 1 && max >= 1 && max < 2 ** 31 && steps >= 2)) {
    throw new RangeError(`no slider from ${min} to ${max} in ${steps} steps`);
  }
  const lowest = Math.min(min, max);
  const edges = new Set<number>([lowest, max]);
  for (let step = 1; step < steps - 1; step++) edges.add(Math.round(lowest * (max / lowest) ** (step / (steps - 1))));
  for (const candidate of candidates) if (Number.isInteger(candidate) && candidate >= lowest && candidate <= max) edges.add(candidate);
  return Int32Array.from([...edges].sort((a, b) => a - b));
}
