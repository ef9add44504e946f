import { describe, expect, it } from 'vitest';
import type { NativeModel } from '../native/addon.ts';
import type { HeadscopeError } from '../protocol/errors.ts';
import { type SpillPlace, settlePlan } from './prefill_plan.ts';

/** Holds 1,000 bytes a token, as much again for the kept layer inputs, and maps weights of any size. */
const model = {
  plan: (rows: number, { keepLayerInputs, spillFolder }: { keepLayerInputs: boolean; spillFolder?: string }) => [
    { name: 'weights (mapped)', bytes: 1e12 },
    { name: 'activations', bytes: 1000 * rows },
    ...(keepLayerInputs ? [{ name: spillFolder ? 'layer inputs (on disk)' : 'layer inputs', bytes: 1000 * rows }] : []),
  ],
} as Pick<NativeModel, 'plan'> as NativeModel;
const settings = { threads: 2, keepLayerInputs: true, keepOverviews: true, keepLse: true };

const disk = (freeBytes = 1e15) => ({ folder: '/spill', freeBytes });

function refusal(rows: number, available: number, spill?: SpillPlace): HeadscopeError | undefined {
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
    expect(settlePlan(model, 450, settings, 1e6, disk()).settings.spillFolder).toBeUndefined();
    expect(settlePlan(model, 900, settings, 1e6, disk()).settings.spillFolder).toBe('/spill');
    expect(refusal(900, 1e6)).toMatchObject({ code: 'PROMPT_TOO_LONG' });
    expect(refusal(900, 1e6, disk())).toBeUndefined();
  });

  it('says what would fit: fewer tokens, or keeping less', () => {
    const error = refusal(800, 1e6);
    expect(error?.data).toMatchObject({ rows: 800, bytes: 1_600_000, fits: 450, withoutLayerInputs: 800_000 });
    expect(error?.message).toMatch(/Up to 450 tokens fit/);
    expect(error?.message).toMatch(/Without the kept layer inputs/);
    expect(refusal(5000, 1e6)?.message).not.toMatch(/Without/);
    expect(refusal(901, 1e6, disk())).toMatchObject({ message: expect.stringMatching(/on disk.* Up to 900 tokens fit/) });
    expect(refusal(800, 1e6, disk(700_000))).toMatchObject({
      message: expect.stringMatching(/layer inputs on disk \(0.00 GiB, where \/spill has room for .*Up to 700 tokens fit/),
      data: { spilledBytes: 800_000 },
    });
    expect(refusal(800, 1e6, disk(100_000))).toMatchObject({ message: expect.stringMatching(/Up to 450 tokens fit/) });
    expect(refusal(5, 0)?.data).toMatchObject({ fits: 0 });
  });
});
