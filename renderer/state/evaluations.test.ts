import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { EvaluationResult } from '../../engine/protocol/records.ts';
import { connectionStore } from './connection.ts';
import { dropEvaluations, evaluate, evaluateLatest, evaluationOf, evaluationsStore, forgetLatest, TIMED_REPEATS } from './evaluations.ts';
import { connectFake, type FakeClient } from './fake_client.fixture.ts';

const place = { runId: 'a', layer: 0, head: 1 };
const slash = (verticals: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes: 200 });
let refusal: HeadscopeError | null = null;
let open: (() => void)[] = [];
let held = false;
let fake: FakeClient;

const answer = (pattern: Pattern): EvaluationResult => ({
  recall: { mean: 0.9, min: 0.5, last64: 0.8, fromRow: null },
  output: { relL2: 0.1, maxAbs: 1 },
  density: { nominal: 0.2, executed: 0.3 },
  index: { columns: 1, distances: 1, blocks: 0, bytes: 10 },
  tiles: { executed: 1, causal: 2 },
  elapsedMs: 1,
  denseMs: 2,
  repeats: TIMED_REPEATS,
  threads: 2,
  effective: pattern,
  notes: [],
});

beforeEach(() => {
  refusal = null;
  held = false;
  open = [];
  fake = connectFake({
    'pattern.evaluate': async ({ pattern }) => {
      if (held) await new Promise<void>((resolve) => open.push(resolve));
      if (refusal) throw refusal;
      return answer(pattern);
    },
  });
});
afterEach(() => {
  for (const store of [evaluationsStore, connectionStore]) store.setState(store.getInitialState() as never, true);
});

const now = (pattern: Pattern) => evaluationOf(evaluationsStore.getState(), place, pattern);

describe('evaluations', () => {
  it('ask once for a pattern of a head, whatever the order of its fields', async () => {
    const [first, second] = await Promise.all([evaluate(place, slash(100)), evaluate(place, slash(100))]);
    expect(first).toBe(second);
    expect(await evaluate(place, { slashes: 200, kind: 'vertical_slash', verticals: 100 })).toBe(first);
    expect(fake.calls).toHaveLength(1);
    expect(now(slash(100))).toMatchObject({ status: 'ready', result: { recall: { mean: 0.9 } } });
  });

  it('keep a refusal with its sentence, and ask again', async () => {
    refusal = new HeadscopeError('CAPTURE_INVALID', 'k holds NaN.');
    await expect(evaluate(place, slash(100))).rejects.toThrow('NaN');
    expect(now(slash(100))).toEqual({ status: 'failed', result: null, error: 'k holds NaN.' });
    refusal = null;
    await evaluate(place, slash(100));
    expect(now(slash(100))?.status).toBe('ready');
  });

  it.each(['CANCELLED', 'BACKEND_LOST'] as const)('forget a question that ended with %s: it is no answer', async (code) => {
    refusal = new HeadscopeError(code, 'gone');
    await expect(evaluate(place, slash(100))).rejects.toThrow();
    expect(now(slash(100))).toBeNull();
  });

  it('put of the questions that wait only the newest', async () => {
    held = true;
    evaluateLatest(place, slash(1));
    evaluateLatest(place, slash(2));
    evaluateLatest(place, slash(3));
    await expect.poll(() => open.length).toBe(1);
    held = false;
    open[0]?.();
    await expect.poll(() => now(slash(3))?.status).toBe('ready');
    expect(fake.calls.map(({ params }) => 'pattern' in params && params.pattern)).toEqual([slash(1), slash(3)]);
    expect(now(slash(2))).toBeNull();
  });

  it('put none that nobody waits for any more', async () => {
    held = true;
    evaluateLatest(place, slash(1));
    evaluateLatest(place, slash(2));
    forgetLatest();
    await expect.poll(() => open.length).toBe(1);
    open[0]?.();
    await expect.poll(() => now(slash(1))?.status).toBe('ready');
    expect(fake.calls).toHaveLength(1);
  });

  it('go with their run, and not without end', async () => {
    await evaluate(place, slash(1));
    await evaluate({ ...place, runId: 'b' }, slash(1));
    dropEvaluations('a');
    expect(now(slash(1))).toBeNull();
    expect(Object.keys(evaluationsStore.getState().entries)).toHaveLength(1);
    for (let verticals = 1; verticals <= 600; verticals += 1) await evaluate(place, slash(verticals));
    expect(Object.keys(evaluationsStore.getState().entries)).toHaveLength(512);
    expect(now(slash(600))?.status).toBe('ready');
    expect(now(slash(1))).toBeNull();
  });
});
