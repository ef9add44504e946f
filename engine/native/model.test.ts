// Models and runs through the addon, against a float64 forward pass.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NativeAddon, NativeModel, NativePattern, NativeRun, PrefillRequest } from './addon.ts';
import { loadAddon } from './load.ts';
import { forward, tinyLlama } from './reference_llama.ts';

const llama = tinyLlama();
const N = 70;
const tokens = Int32Array.from({ length: N }, (_, i) => (i * i * 7 + 3 * i) % llama.spec.vocabSize);
const wanted = forward(llama, tokens);
const { layers, heads, hiddenSize, vocabSize } = llama.spec;
const request: PrefillRequest = {
  tokens,
  threads: 2,
  compat: false,
  keepLayerInputs: true,
  keepOverviews: true,
  keepLse: true,
  denseWherePays: false,
};

let folder: string;
let file: string;
let addon: NativeAddon;
let model: NativeModel;
let run: NativeRun;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'headscope-model-'));
  file = join(folder, 'weights.bin');
  writeFileSync(file, llama.bytes);
  addon = loadAddon();
  model = addon.openModel(llama.spec, [file]);
  run = await model.prefill(request, () => {}).promise;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectNear(found: ArrayLike<number>, reference: number[], tolerance: number): void {
  expect(found.length).toBe(reference.length);
  let worst = 0;
  for (const [i, x] of reference.entries()) worst = Math.max(worst, Math.abs(found[i]! - x));
  expect(worst).toBeLessThan(tolerance);
}

describe('a prefill', () => {
  it('gives the hidden states, log-sum-exps and logits of the reference', async () => {
    expect(run.rows).toBe(N);
    for (let l = 0; l <= layers; l += 1) {
      const hidden = new Float32Array(N * hiddenSize);
      run.copyLayerInput(l, hidden);
      expectNear(hidden, wanted.hidden[l]!.flat(), 2e-4);
    }
    for (let l = 0; l < layers; l += 1) {
      const lse = new Float32Array(heads * N);
      run.copyLse(l, lse);
      expectNear(lse, wanted.lse[l]!.flat(), 1e-4);
    }
    const logits = new Float32Array(N * vocabSize);
    await run.logits(0, N, logits, 2).promise;
    expectNear(logits, wanted.logits.flat(), 1e-3);
    const last = new Float32Array(vocabSize);
    await run.logits(N - 1, N, last, 1).promise;
    expectNear(last, Array.from(logits.slice((N - 1) * vocabSize)), 1e-5);
  });

  it('times every layer and keeps overviews', () => {
    expect(run.timings).toHaveLength(layers);
    expect(run.totalMs).toBeGreaterThan(0);
    for (const timing of run.timings) {
      expect(timing.executedTiles).toEqual(Float64Array.of(3, 3, 3, 3));
      expect(timing.causalTiles).toBe(3);
      expect(timing.ranDense).toEqual([]);
      expect(Math.min(timing.attentionMs, timing.linearMs, timing.indexMs, timing.otherMs)).toBeGreaterThanOrEqual(0);
    }
    for (let head = 0; head < heads; head += 1) {
      const sums = new Float32Array(65536);
      run.copyOverview(1, head, 'sum', sums);
      expect(Math.abs(sums.reduce((a, b) => a + b, 0) - N)).toBeLessThan(0.01);
      const largest = new Float32Array(65536);
      run.copyOverview(1, head, 'max', largest);
      expect(Math.max(...largest)).toBeCloseTo(1, 5);
    }
    expect(() => run.copyOverview(1, heads, 'sum', new Float32Array(65536))).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });

  it('projects a layer again, with the same log-sum-exp', async () => {
    const layer = await run.layer(1, 2).promise;
    expect([layer.heads, layer.kvHeads, layer.headDim, layer.rows]).toEqual([heads, 2, 8, N]);
    for (let h = 0; h < heads; h += 1) {
      const lse = new Float32Array(N);
      await layer.lse(h, lse, 1).promise;
      expectNear(lse, wanted.lse[1]![h]!, 1e-4);
    }
    layer.close();
  });

  it('runs patterns by layer and head', async () => {
    const local: NativePattern = { kind: 'a_shape', sink: 0, window: 1 };
    const patterns: NativePattern[][] = Array.from({ length: layers }, (_, l) =>
      Array.from({ length: heads }, (_unused, h) => (l === 1 && h === 2 ? local : { kind: 'dense' })),
    );
    const sparse = await model.prefill({ ...request, patterns }, () => {}).promise;
    const lse = new Float32Array(heads * N);
    sparse.copyLse(0, lse);
    expectNear(lse, wanted.lse[0]!.flat(), 1e-4);
    sparse.copyLse(1, lse);
    for (const h of [0, 1, 3]) expectNear(lse.slice(h * N, (h + 1) * N), wanted.lse[1]![h]!, 1e-4);
    // A window of one keeps the diagonal alone: below the dense log-sum-exp everywhere but in the first row.
    expect(lse[2 * N]!).toBeCloseTo(wanted.lse[1]![2]![0]!, 4);
    for (let i = 1; i < N; i += 1) expect(lse[2 * N + i]!).toBeLessThan(wanted.lse[1]![2]![i]!);
    sparse.close();
  });

  it('outlives its model, and is refused when a part was not kept', async () => {
    const other = addon.openModel(llama.spec, [file]);
    const job = other.prefill({ ...request, keepLayerInputs: false, keepLse: false, keepOverviews: false }, () => {});
    other.close();
    const bare = await job.promise;
    const last = new Float32Array(vocabSize);
    await bare.logits(N - 1, N, last, 1).promise;
    expectNear(last, wanted.logits[N - 1]!, 1e-3);
    const refused = expect.objectContaining({ code: 'INVALID_REQUEST' });
    expect(() => bare.copyLse(0, new Float32Array(heads * N))).toThrow(refused);
    expect(() => bare.copyLayerInput(0, new Float32Array(N * hiddenSize))).toThrow(refused);
    expect(() => bare.copyOverview(0, 0, 'sum', new Float32Array(65536))).toThrow(refused);
    await expect(bare.layer(0, 1).promise).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    bare.close();
    expect(() => bare.logits(0, 1, new Float32Array(vocabSize), 1)).toThrow(refused);
    expect(() => other.prefill(request, () => {})).toThrow(refused);
  });

  it('writes on, as the reference does with the whole text through it for every token', async () => {
    const text = [...tokens.subarray(0, 40)];
    const begun = await model.prefill({ ...request, tokens: Int32Array.from(text) }, () => {}).promise;
    const expected: number[] = [];
    for (let step = 0; step < 6; step += 1) {
      const last = forward(llama, Int32Array.from([...text, ...expected])).logits.at(-1)!;
      expected.push(last.indexOf(Math.max(...last)));
    }
    const seen: number[] = [];
    const made = await begun.generate(6, new Int32Array(), 2, (done, total) => seen.push(done / total)).promise;
    expect([...made.tokens]).toEqual(expected);
    expect(made.stopped).toBe(false);
    expect(seen.every((share) => share > 0 && share <= 1)).toBe(true);
    const stopped = await begun.generate(6, Int32Array.of(expected[0]!), 1, () => {}).promise;
    expect(stopped).toMatchObject({ stopped: true, tokens: new Int32Array() });
    await expect(begun.generate(3, Int32Array.of(vocabSize), 1, () => {}).promise).rejects.toMatchObject({ code: 'TOKEN_OUT_OF_RANGE' });
    const cancelled = begun.generate(6, new Int32Array(), 1, () => {});
    cancelled.cancel();
    await expect(cancelled.promise).rejects.toMatchObject({ code: 'CANCELLED' });
    begun.close();
  });

  it('can be restored', async () => {
    const inputs = wanted.hidden.map((rows) => Float32Array.from(rows.flat()));
    const lse = Float32Array.from(wanted.lse.flat(2));
    const restored = model.restoreRun(tokens, inputs, lse, null);
    expect([restored.rows, restored.timings.length]).toEqual([N, 0]);
    const back = new Float32Array(N * hiddenSize);
    restored.copyLayerInput(1, back);
    expect(back).toEqual(inputs[1]);
    const layer = await restored.layer(0, 1).promise;
    const found = new Float32Array(N);
    await layer.lse(3, found, 1).promise;
    expectNear(found, wanted.lse[0]![3]!, 1e-4);
    const refused = (code: string) => expect.objectContaining({ code });
    expect(() => model.restoreRun(tokens, inputs.slice(1), null, null)).toThrow(refused('RUN_INVALID'));
    expect(() => model.restoreRun(tokens, inputs, lse.slice(1), null)).toThrow(refused('INVALID_REQUEST'));
    expect(() => model.restoreRun(tokens.slice(1), inputs, null, null)).toThrow(refused('INVALID_REQUEST'));
    expect(() => model.restoreRun(new Int32Array(0), inputs, null, null)).toThrow();
  });
});

describe('a request that does not fit the model', () => {
  const dense: NativePattern = { kind: 'dense' };
  it.each<[string, Partial<PrefillRequest>, string]>([
    ['no tokens', { tokens: new Int32Array(0) }, 'PROMPT_EMPTY'],
    ['a token outside the vocabulary', { tokens: Int32Array.of(0, 31) }, 'TOKEN_OUT_OF_RANGE'],
    ['a negative token', { tokens: Int32Array.of(-1) }, 'TOKEN_OUT_OF_RANGE'],
    ['too few layers of patterns', { patterns: [[dense, dense, dense, dense]] }, 'CONFIG_MISMATCH'],
    ['too many heads of patterns', { patterns: [Array(5).fill(dense), Array(5).fill(dense)] }, 'CONFIG_MISMATCH'],
    ['no threads', { threads: 0 }, 'INVALID_REQUEST'],
  ])('%s is refused', async (_name, change, code) => {
    const attempt = async () => model.prefill({ ...request, ...change }, () => {}).promise;
    await expect(attempt()).rejects.toMatchObject({ code });
  });

  it('is planned by place', () => {
    const small = model.plan(100, request);
    const large = model.plan(10_000, request);
    const total = (places: { bytes: number }[]) => places.reduce((sum, place) => sum + place.bytes, 0);
    expect(small.every((place) => place.name !== '' && place.bytes >= 0)).toBe(true);
    expect(total(large)).toBeGreaterThan(total(small));
    expect(() => model.plan(0, request)).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
  });
});

describe('a checkpoint that contradicts its spec', () => {
  type Spec = typeof llama.spec;
  it.each<[string, (spec: Spec) => unknown, string]>([
    ['a tensor of another shape', (s) => Object.assign(s.tensors.layers[1]!.q!, { shape: [24, 32] }), 'CHECKPOINT_INVALID'],
    ['a tensor past the file', (s) => Object.assign(s.tensors.embedding, { end: 1 << 30 }), 'CHECKPOINT_INVALID'],
    ['a tensor whose end comes first', (s) => Object.assign(s.tensors.embedding, { end: 0 }), 'CHECKPOINT_INVALID'],
    ['a tensor in a file that is not there', (s) => Object.assign(s.tensors.lmHead, { file: 4 }), 'CHECKPOINT_INVALID'],
    ['a tensor of integers', (s) => Object.assign(s.tensors.lmHead, { dtype: 'i8' }), 'INVALID_REQUEST'],
    ['no q in a layer', (s) => Reflect.deleteProperty(s.tensors.layers[0]!, 'q'), 'INVALID_REQUEST'],
    ['a bias of another size', (s) => Object.assign(s.tensors.layers[0]!.upBias!, { shape: [7] }), 'CHECKPOINT_INVALID'],
    ['experts without a router', (s) => Object.assign(s.tensors.layers[0]!, { experts: [] }), 'INVALID_REQUEST'],
    ['a layer too few', (s) => s.tensors.layers.pop(), 'INVALID_REQUEST'],
    ['more frequencies than pairs', (s) => Object.assign(s.rotaries[0]!, { frequencies: new Float32Array(5) }), 'CHECKPOINT_INVALID'],
    ['a rotary table that is not there', (s) => Object.assign(s.layerKinds[1]!, { rotary: 1 }), 'CHECKPOINT_INVALID'],
    ['a kind of layer too few', (s) => s.layerKinds.pop(), 'INVALID_REQUEST'],
    ['a negative window', (s) => Object.assign(s.layerKinds[0]!, { window: -1 }), 'INVALID_REQUEST'],
    ['heads that do not divide', (s) => Object.assign(s, { kvHeads: 3 }), 'CHECKPOINT_INVALID'],
    ['a head width of zero', (s) => Object.assign(s, { headDim: 0 }), 'CHECKPOINT_INVALID'],
    ['an infinite epsilon', (s) => Object.assign(s, { rmsNormEps: Number.POSITIVE_INFINITY }), 'INVALID_REQUEST'],
  ])('%s is refused', (_name, change, code) => {
    const spec = structuredClone(llama.spec);
    change(spec);
    expect(() => addon.openModel(spec, [file])).toThrow(expect.objectContaining({ code }));
  });

  it('is refused when a file is missing', () => {
    expect(() => addon.openModel(llama.spec, [join(folder, 'absent')])).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }));
    expect(() => addon.openModel(llama.spec, [folder])).toThrow(expect.objectContaining({ code: 'FILE_UNREADABLE' }));
  });
});
