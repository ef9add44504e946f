// What the atlas knows of every head, gathered from the config and its measurements: ranks, facts, layer means, labels.
import type { Pattern, PatternKind } from '../../engine/protocol/pattern.ts';
import { percent, recallText } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';

/** Measured on the run under the pattern the config holds, or held when `stale`. Fractions of 1. */
export interface HeadNumbers {
  recall: number;
  /** Causal 64x64 tiles multiplied. */
  executed: number;
  /** Causal cells kept. */
  nominal: number;
}

export interface AtlasHead {
  layer: number;
  head: number;
  /** Null: the config says nothing about this head. */
  pattern: Pattern | null;
  numbers: HeadNumbers | null;
  /** As the file or the search scored it; its meaning is its procedure's. */
  score: number | null;
  /** The pattern changed after it was measured. */
  stale: boolean;
  /** The run has no map of this layer (a capture of some layers). */
  captured: boolean;
}

export type ColourBy = 'missed' | 'recall' | 'tiles' | 'score' | 'pattern';
export type AtlasOrder = 'grid' | 'worst';

export const headKey = ({ layer, head }: { layer: number; head: number }): string => `${layer}/${head}`;
export const missedOf = ({ numbers }: AtlasHead): number | null => (numbers ? Math.max(0, 1 - numbers.recall) : null);

/** The heads as the atlas lays them out: by layer and head, or most missed mass first; heads without a number come last. */
export function orderHeads(heads: readonly AtlasHead[], order: AtlasOrder): AtlasHead[] {
  const listed = [...heads];
  const byPlace = (a: AtlasHead, b: AtlasHead) => a.layer - b.layer || a.head - b.head;
  if (order === 'grid') return listed.sort(byPlace);
  return listed.sort((a, b) => (missedOf(b) ?? -1) - (missedOf(a) ?? -1) || byPlace(a, b));
}

/** Rank of every measured head, 1 for the most missed mass, under `${layer}/${head}`. */
export function ranksOf(heads: readonly AtlasHead[]): Map<string, number> {
  const measured = heads.filter((head) => head.numbers !== null);
  return new Map(orderHeads(measured, 'worst').map((head, index) => [headKey(head), index + 1]));
}

export interface AtlasFacts {
  heads: number;
  /** Those whose layer the run holds. */
  captured: number;
  measured: number;
  stale: number;
  /** Means over the measured heads; null where none is. */
  meanRecall: number | null;
  tilesKept: number | null;
  worst: AtlasHead | null;
  belowTarget: number;
  kinds: Readonly<Record<PatternKind, number>>;
}

export function factsOf(heads: readonly AtlasHead[], targetRecall: number): AtlasFacts {
  const kinds: Record<PatternKind, number> = { vertical_slash: 0, a_shape: 0, block_sparse: 0, dense: 0 };
  let [captured, measured, stale, recall, tiles, belowTarget] = [0, 0, 0, 0, 0, 0];
  let worst: AtlasHead | null = null;
  for (const head of heads) {
    if (head.pattern) kinds[head.pattern.kind] += 1;
    if (head.captured) captured += 1;
    if (!head.numbers) continue;
    measured += 1;
    if (head.stale) stale += 1;
    recall += head.numbers.recall;
    tiles += head.numbers.executed;
    if (head.numbers.recall < targetRecall) belowTarget += 1;
    if (!worst?.numbers || head.numbers.recall < worst.numbers.recall) worst = head;
  }
  return {
    heads: heads.length,
    captured,
    measured,
    stale,
    meanRecall: measured ? recall / measured : null,
    tilesKept: measured ? tiles / measured : null,
    worst,
    belowTarget,
    kinds,
  };
}

/** Mean of a layer's measured heads in the quantity shown; null where none is measured. Indexed by layer. */
export function layerMeans(heads: readonly AtlasHead[], layers: number, by: ColourBy): (number | null)[] {
  if (by === 'pattern') return Array.from({ length: layers }, () => null);
  const sums = new Float64Array(layers);
  const counts = new Uint32Array(layers);
  for (const head of heads) {
    const value = quantityOf(head, by);
    if (value === null) continue;
    sums[head.layer] = (sums[head.layer] ?? 0) + value;
    counts[head.layer] = (counts[head.layer] ?? 0) + 1;
  }
  return Array.from(sums, (sum, layer) => (counts[layer] ? sum / (counts[layer] ?? 1) : null));
}

/** From the kind that saves most by its form to the one that saves nothing. */
const KIND_RANK: Readonly<Record<PatternKind, number>> = { a_shape: 0, vertical_slash: 1, block_sparse: 2, dense: 3 };
export const KINDS_RANKED: readonly PatternKind[] = ['a_shape', 'vertical_slash', 'block_sparse', 'dense'];

/** Of a pattern its rank among KINDS_RANKED. */
export function quantityOf(head: AtlasHead, by: ColourBy): number | null {
  if (by === 'pattern') return head.pattern ? KIND_RANK[head.pattern.kind] : null;
  if (by === 'score') return head.score;
  if (!head.numbers) return null;
  if (by === 'missed') return missedOf(head);
  return by === 'tiles' ? head.numbers.executed : head.numbers.recall;
}

/** 'Layer 17 head 9, Vertical-Slash 500 / 700, recall 0.882, missed 11.8 %' */
export function headLabel(head: AtlasHead): string {
  const parts = [`Layer ${head.layer} head ${head.head}`];
  parts.push(head.pattern ? patternText(head.pattern) : 'no pattern');
  if (head.numbers) parts.push(`recall ${recallText(head.numbers.recall)}`, `missed ${percent(missedOf(head) ?? 0)}`);
  else parts.push('not measured');
  if (head.stale) parts.push('stale');
  if (!head.captured) parts.push('not captured');
  return parts.join(', ');
}
