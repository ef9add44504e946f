// What a comparison says in numbers and in one sentence.
import type { Comparison, LayerComparison } from '../../engine/protocol/whole_model.ts';
import { duration } from '../ui/numbers.ts';

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
  };
}

const ratio = (dense: number, sparse: number) => (sparse > 0 ? dense / sparse : 1);

/** '2.31× faster', '1.20× slower', 'as fast': within 2 % neither is. */
export function speedWords(speedup: number): string {
  if (Math.abs(speedup - 1) < 0.02) return 'as fast';
  return speedup > 1 ? `${speedup.toFixed(2)}× faster` : `${(1 / speedup).toFixed(2)}× slower`;
}

/** The verdict: attention first, the whole prefill with it. */
export function verdict(result: Comparison, facts: ComparisonFacts): { title: string; detail: string } {
  const attention = speedWords(facts.speedup);
  const title = attention === 'as fast' ? 'Sparse attention is as fast as dense' : `Sparse attention is ${attention} than dense`;
  const prefill = speedWords(facts.prefillSpeedup);
  const whole = prefill === 'as fast' ? 'takes as long' : `is ${prefill}`;
  return {
    title,
    detail:
      `Attention takes ${duration(facts.sparseMs + facts.indexMs)} against ${duration(facts.denseMs)} dense. ` +
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
