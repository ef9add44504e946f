import { describe, expect, it } from 'vitest';
import type { NativeModel } from '../native/addon.ts';
import type { HeadscopeError } from '../protocol/errors.ts';
import { settlePlan } from './prefill_plan.ts';

/** Holds 1,000 bytes a token, as much again for the kept layer inputs, and maps weights of any size. */
const model = {
  plan: (rows: number, { keepLayerInputs, spillFolder }: { keepLayerInputs: boolean; spillFolder?: string }) => [
    { name: 'weights (mapped)', bytes: 1e12 },
    { name: 'activations', bytes: 1000 * rows },
    ...(keepLayerInputs ? [{ name: spillFolder ? 'layer inputs (on disk)' : 'layer inputs', bytes: 1000 * rows }] : []),
  ],
} as Pick<NativeModel, 'plan'> as NativeModel;
const settings = { threads: 2, keepLayerInputs: true, keepOverviews: true, keepLse: true };

function refusal(rows: number, available: number, spill?: string): HeadscopeError | undefined {
  try {
    settlePlan(model, rows, settings, available, spill);
    return undefined;
  } catch (error) {
    return error as HeadscopeError;
  }
}

describe('the plan of a prefill', () => {
  it('does not count mapped weights, and leaves a tenth of the memory alone', () => {
    expect(refusal(450, 1e6)).toBeUndefined();
    expect(refusal(451, 1e6)).toMatchObject({ code: 'PROMPT_TOO_LONG' });
  });

  it('puts layer inputs on disk only where memory does not hold them', () => {
    expect(settlePlan(model, 450, settings, 1e6, '/spill').settings.spillFolder).toBeUndefined();
    expect(settlePlan(model, 900, settings, 1e6, '/spill').settings.spillFolder).toBe('/spill');
    expect(refusal(900, 1e6)).toMatchObject({ code: 'PROMPT_TOO_LONG' });
    expect(refusal(900, 1e6, '/spill')).toBeUndefined();
  });

  it('says what would fit: fewer tokens, or keeping less', () => {
    const error = refusal(800, 1e6);
    expect(error?.data).toMatchObject({ rows: 800, bytes: 1_600_000, fits: 450, withoutLayerInputs: 800_000 });
    expect(error?.message).toMatch(/Up to 450 tokens fit/);
    expect(error?.message).toMatch(/Without the kept layer inputs/);
    expect(refusal(5000, 1e6)?.message).not.toMatch(/Without/);
    expect(refusal(901, 1e6, '/spill')).toMatchObject({ message: expect.stringMatching(/on disk.* Up to 900 tokens fit/) });
    expect(refusal(5, 0)?.data).toMatchObject({ fits: 0 });
  });
});
