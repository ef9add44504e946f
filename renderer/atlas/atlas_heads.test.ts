import { expect, it } from 'vitest';
import { type AtlasHead, factsOf, headLabel, layerMeans, orderHeads, ranksOf } from './atlas_heads.ts';
import { colourScale } from './colour_scale.ts';

function head(layer: number, index: number, recall: number | null, part: Partial<AtlasHead> = {}): AtlasHead {
  return {
    layer,
    head: index,
    pattern: { kind: 'vertical_slash', verticals: 500, slashes: 700 },
    numbers: recall === null ? null : { recall, executed: 0.1 * (index + 1), nominal: 0.05 },
    stale: false,
    captured: true,
    ...part,
  };
}
const HEADS = [head(0, 0, 0.9), head(0, 1, 0.99), head(1, 0, null), head(1, 1, 0.6, { pattern: { kind: 'dense' }, stale: true })];

it('orders the worst first and what is not measured last', () => {
  expect(orderHeads(HEADS, 'worst').map(({ layer, head: index }) => [layer, index])).toEqual([
    [1, 1],
    [0, 0],
    [0, 1],
    [1, 0],
  ]);
  expect(ranksOf(HEADS).get('1/1')).toBe(1);
  expect(ranksOf(HEADS).has('1/0')).toBe(false);
});

it('counts and averages measured heads only', () => {
  const facts = factsOf(HEADS, 0.95);
  expect(facts.meanRecall).toBeCloseTo((0.9 + 0.99 + 0.6) / 3);
  expect(facts.tilesKept).toBeCloseTo((0.1 + 0.2 + 0.2) / 3);
  expect([facts.heads, facts.measured, facts.stale, facts.belowTarget]).toEqual([4, 3, 1, 2]);
  expect(facts.worst).toBe(HEADS[3]);
  expect(facts.kinds).toEqual({ vertical_slash: 3, a_shape: 0, block_sparse: 0, dense: 1 });
  expect(factsOf([], 0.95).meanRecall).toBeNull();
  const means = layerMeans(HEADS, 3, 'missed');
  expect(means[0]).toBeCloseTo(0.055);
  expect(means[1]).toBeCloseTo(0.4);
  expect(means[2]).toBeNull();
});

it('labels a cell as a sentence', () => {
  expect(headLabel(head(17, 9, 0.882))).toBe('Layer 17 head 9, Vertical-Slash 500 / 700, recall 0.882, missed 11.8 %');
  expect(headLabel(HEADS[2]!)).toBe('Layer 1 head 0, Vertical-Slash 500 / 700, not measured');
  expect(headLabel(HEADS[3]!)).toContain('stale');
});

it('never shows a missed mass below zero', () => {
  expect(headLabel(head(0, 0, 1 + 1e-7))).toContain('missed 0.0 %');
});

it.each(['missed', 'tiles', 'recall'] as const)('draws the legend of %s with the colours of the cells', (by) => {
  const scale = colourScale(by, HEADS, 0.95, 'light');
  const [low, high] = { missed: [0, 0.4], tiles: [0, 0.2], recall: [0.6, 1] }[by] as [number, number];
  expect(scale.along(0)).toEqual(scale.colour(low));
  expect(scale.along(1)).toEqual(scale.colour(high));
});

it('breaks the missed ramp where the target lies', () => {
  const scale = colourScale('missed', HEADS, 0.95, 'dark');
  const step = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((value, channel) => Math.abs(value - b[channel]!)));
  expect(scale.mark?.label).toBe('mark: target 5 %');
  expect(step(scale.colour(0.0499), scale.colour(0.0501))).toBeGreaterThan(15);
  expect(step(scale.along(scale.mark!.at - 0.004), scale.along(scale.mark!.at + 0.004))).toBeGreaterThan(15);
  expect(step(scale.colour(0.03), scale.colour(0.0302))).toBeLessThan(5);
});
