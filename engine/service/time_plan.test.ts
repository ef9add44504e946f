import { describe, expect, it } from 'vitest';
import { timesOf } from './time_plan.ts';

const facts = { layers: 3, heads: 5, hiddenSize: 10, vocabSize: 100, tied: true, parameters: 6000 };
const speed = { linearFlopsPerMs: 1000, tileMs: 0.5 };

describe('the time plan', () => {
  it('counts two operations a parameter and token outside the embeddings, and every causal tile', () => {
    expect(timesOf(facts, 130, speed)).toEqual({ linearMs: 1300, attentionMs: 45, totalMs: 1345 });
    expect(timesOf({ ...facts, tied: false }, 64, speed)).toEqual({ linearMs: 512, attentionMs: 7.5, totalMs: 519.5 });
  });
});
