import { describe, expect, it } from 'vitest';
import { timesOf, type Work } from './time_plan.ts';

const full = { window: null, experts: false };
const work: Work = {
  layerKinds: [full, full, full],
  heads: 5,
  hiddenSize: 10,
  vocabSize: 100,
  tied: true,
  parameters: 6000,
  experts: null,
};
const speed = { linearFlopsPerMs: 1000, tileMs: 0.5 };

describe('the time plan', () => {
  it('counts two operations a parameter and token outside the embeddings, and every causal tile', () => {
    expect(timesOf(work, 130, speed)).toEqual({ linearMs: 1300, attentionMs: 45, totalMs: 1345 });
    expect(timesOf({ ...work, tied: false }, 64, speed)).toEqual({ linearMs: 512, attentionMs: 7.5, totalMs: 519.5 });
  });

  it('counts the tiles of a windowed layer that hold a key of its window', () => {
    const tilesOf = (window: number, tokens: number) =>
      timesOf({ ...work, heads: 1, layerKinds: [{ window, experts: false }] }, tokens, { ...speed, tileMs: 1 }).attentionMs;
    const byHand = (window: number, tokens: number) => {
      const touched = new Set<string>();
      for (let q = 0; q < Math.ceil(tokens / 64) * 64; q++)
        for (let k = Math.max(0, q - window + 1); k <= q; k++) touched.add(`${q >> 6} ${k >> 6}`);
      return touched.size;
    };
    for (const window of [1, 2, 64, 65, 66, 100, 300]) expect(tilesOf(window, 500), `${window}`).toBe(byHand(window, 500));
    const mixed = timesOf({ ...work, layerKinds: [full, { window: 1, experts: false }, full] }, 130, speed);
    expect(mixed.attentionMs).toBe(5 * (6 + 3 + 6) * 0.5);
  });

  it('counts of the experts those that a token is sent to', () => {
    const experts = { count: 8, perToken: 2, intermediateSize: 4, normalised: true };
    const sparse = { ...work, layerKinds: [full, { window: null, experts: true }], experts, parameters: 5000 };
    expect(timesOf(sparse, 1, speed).linearMs).toBe((2 * (5000 - 1000 - 6 * 3 * 10 * 4)) / 1000);
  });
});
