// What a comparison says in numbers and in one sentence.
import type { Comparison, LayerComparison } from '../../engine/protocol/whole_model.ts';
import { duration, wholeNumber } from '../ui/numbers.ts';

export interface ComparisonFacts {
  /** Attention of all layers; of the sparse run the making of indices is a part of its own. */
  denseMs: number;
  sparseMs: number;
  indexMs: number;
  /** dense / (sparse + index). */
  speedup: number;
  /** Whole prefill, dense / sparse. */
  prefillSpeedup: number;
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
  return {
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

/** The verdict: attention's time and the agreement of the last rows in one sentence, then the ground of both. */
export function verdict(result: Comparison, facts: ComparisonFacts, { a, b }: Sides): { title: string; detail: string } {
  const { tail } = result;
  const attention = speedWords(facts.speedup);
  const time =
    a === null
      ? `Sparse attention is ${attention === 'as fast' ? 'as fast as' : `${attention} than`} dense`
      : `Attention under ${b} is ${attention === 'as fast' ? 'as fast as' : `${attention} than`} under ${a}`;
  const fate =
    tail.top1Same === tail.rows
      ? `the same token on all ${wholeNumber(tail.rows)} last rows`
      : `another token on ${wholeNumber(tail.rows - tail.top1Same)} of the last ${wholeNumber(tail.rows)} rows`;
  const prefill = speedWords(facts.prefillSpeedup);
  const whole = prefill === 'as fast' ? 'takes as long' : `is ${prefill}`;
  return {
    title: `${time} and predicts ${fate}`,
    detail:
      `Attention takes ${duration(facts.sparseMs + facts.indexMs)} against ${duration(facts.denseMs)}. ` +
      `The whole prefill ${whole}: ${duration(result.sparseMs)} against ${duration(result.denseMs)}.`,
  };
}

/** Nats of KL as people read them: tiny ones as a power of ten. */
export function klText(kl: number): string {
  if (kl === 0) return '0';
  if (Math.abs(kl) >= 0.001) return kl.toFixed(3).replace('-', '−');
  const exponent = Math.floor(Math.log10(Math.abs(kl)));
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? digit);
  return `${(kl / 10 ** exponent).toFixed(1)}×10${exponent < 0 ? '⁻' : ''}${digits}`.replace('-', '−');
}
