// What a comparison says in numbers and in one sentence.
import type { Comparison, LayerComparison } from '../../engine/protocol/whole_model.ts';
import { duration, power, wholeNumber } from '../ui/numbers.ts';

export interface ComparisonFacts {
  /** Attention of all layers; of the sparse run the making of indices is a part of its own. */
  denseMs: number;
  sparseMs: number;
  indexMs: number;
  /** dense / (sparse + index). */
  speedup: number;
  /** Whole prefill, dense / sparse. */
  prefillSpeedup: number;
  /** The prefills without attention: the same work on both sides, so that what they differ by is noise. */
  restMs: readonly [a: number, b: number];
  noiseMs: number;
  /** Executed tiles of causal ones, all layers. */
  tiles: number;
  heads: number;
  ranDense: number;
  /** The time axis' end: the longest bar of any layer. */
  longestMs: number;
  /** The layer after which the hidden states are furthest apart, all rows; null where they were not compared. */
  mostDrift: { layer: number; relL2: number } | null;
}

export const sparseTotal = ({ sparseMs, indexMs }: Pick<LayerComparison, 'sparseMs' | 'indexMs'>): number => sparseMs + indexMs;

/** `heads`: of one layer. */
export function comparisonFacts(result: Comparison, heads: number): ComparisonFacts {
  const sum = (part: (layer: LayerComparison) => number) => result.layers.reduce((total, layer) => total + part(layer), 0);
  const [denseMs, sparseMs, indexMs] = [sum((layer) => layer.denseMs), sum((layer) => layer.sparseMs), sum((layer) => layer.indexMs)];
  const causal = sum((layer) => layer.causal);
  const restMs = [Math.max(0, result.denseMs - denseMs), Math.max(0, result.sparseMs - sparseMs - indexMs)] as const;
  return {
    restMs,
    noiseMs: Math.abs(restMs[0] - restMs[1]),
    denseMs,
    sparseMs,
    indexMs,
    speedup: ratio(denseMs, sparseMs + indexMs),
    prefillSpeedup: ratio(result.denseMs, result.sparseMs),
    tiles: causal > 0 ? sum((layer) => layer.tiles) / causal : 0,
    heads: heads * result.layers.length,
    ranDense: sum((layer) => layer.ranDense.length),
    longestMs: Math.max(0, ...result.layers.map((layer) => Math.max(layer.denseMs, sparseTotal(layer)))),
    mostDrift: mostDrift(result.layers),
  };
}

function mostDrift(layers: readonly LayerComparison[]): ComparisonFacts['mostDrift'] {
  let most: ComparisonFacts['mostDrift'] = null;
  for (const [layer, { hidden }] of layers.entries())
    if (hidden && hidden.relL2 > (most?.relL2 ?? -1)) most = { layer, relL2: hidden.relL2 };
  return most;
}

const ratio = (dense: number, sparse: number) => (sparse > 0 ? dense / sparse : 1);

/** '2.31× faster', '1.20× slower', 'as fast': within 2 % neither is. */
export function speedWords(speedup: number): string {
  if (Math.abs(speedup - 1) < 0.02) return 'as fast';
  return speedup > 1 ? `${speedup.toFixed(2)}× faster` : `${(1 / speedup).toFixed(2)}× slower`;
}

/** What the two sides are called: A is dense or a config's name, B the config that was current. */
export interface Sides {
  /** Null: dense. */
  a: string | null;
  b: string;
}

/** The verdict: attention's time and the agreement of the last rows in one sentence, then the ground of both. A gain no larger than what
 * the same work differs by on the two sides is not called one. */
export function verdict(result: Comparison, facts: ComparisonFacts, sides: Sides): { title: string; detail: string } {
  const { tail } = result;
  const fate =
    tail.top1Same === tail.rows
      ? `the same token on all ${wholeNumber(tail.rows)} last rows`
      : `another token on ${wholeNumber(tail.rows - tail.top1Same)} of the last ${wholeNumber(tail.rows)} rows`;
  const prefill = speedWords(facts.prefillSpeedup);
  const whole = prefill === 'as fast' ? 'takes as long' : `is ${prefill}`;
  const [restA, restB] = facts.restMs;
  return {
    title: `${timeWords(facts, sides)} and predicts ${fate}`,
    detail:
      `Attention takes ${duration(facts.sparseMs + facts.indexMs)} against ${duration(facts.denseMs)}. ` +
      `The whole prefill ${whole}: ${duration(result.sparseMs)} against ${duration(result.denseMs)}. ` +
      `The rest of it is the same work and took ${duration(restB)} against ${duration(restA)}: trust times to ±${duration(facts.noiseMs)}.`,
  };
}

function timeWords({ speedup, denseMs, sparseMs, indexMs, noiseMs }: ComparisonFacts, { a, b }: Sides): string {
  const [subject, than] = a === null ? ['Sparse attention', 'dense'] : [`Attention under ${b}`, `under ${a}`];
  const words = speedWords(speedup);
  if (words === 'as fast') return `${subject} is as fast as ${than}`;
  if (Math.abs(denseMs - sparseMs - indexMs) <= noiseMs) return `${subject} is as fast as ${than} within noise`;
  return `${subject} is ${words} than ${than}`;
}

/** Nats and probabilities, '0.874', '2.1×10⁻⁵': three decimals, under a thousandth a power of ten. */
export function smallText(value: number): string {
  if (value === 0) return '0';
  if (Math.abs(value) >= 0.001) return value.toFixed(3).replace('-', '−');
  const exponent = Math.floor(Math.log10(Math.abs(value)));
  return `${(value / 10 ** exponent).toFixed(1)}×${power(10, exponent)}`.replace('-', '−');
}
