// What the bundled model is there for: it finds what a prompt hides, and cannot when its heads see only the first keys and the nearest.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headscopeJson, model } from './cli.fixture.ts';

/** 20 held-out prompts of 1,024 tokens (assets/demo-model/train/test_prompts.py). */
const NEEDLES = join(import.meta.dirname, '../../../test/golden/demo-model-needles.jsonl');
const ask = async (...options: string[]) => (await headscopeJson(['generate', '--model', model, '--prompts', NEEDLES, ...options])).answer;

describe('the bundled model', () => {
  it('answers needles in 1,024 tokens', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ prompts: 20, answered: 20, meanDensity: 1 });
    expect(answer.accuracy).toBeGreaterThanOrEqual(0.9);
  });

  it('does not, with every head A-shape', async () => {
    const window = JSON.stringify({ kind: 'a_shape', sink: 64, window: 256 });
    expect((await ask('--pattern', window, '--always-sparse')).accuracy).toBeLessThanOrEqual(0.6);
  });
});
