// Every family's tiny checkpoint against transformers in float32 (README.md says how the goldens were made).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import type { NativeModel, NativeRun } from '../../engine/native/addon.ts';
import { loadAddon } from '../../engine/native/load.ts';
import { goldenFolder, maxAbsDifference, readGolden, relativeDifference } from './read_golden.ts';

/** Goldens of other lengths, made with --out: test/golden/README.md. */
const elsewhere = process.env.HEADSCOPE_GOLDENS;
const families = readdirSync(join(goldenFolder, 'families')).sort();

/** The same in make_family_goldens.py. */
function tokensOf(n: number, vocab: number): Int32Array {
  return Int32Array.from({ length: n }, (_, i) => ((i * i * 7 + i * 3 + 5) % 1009) % vocab);
}

/** Rows `picked` of every plane of a [planes, rows, width] array, one after the other. */
function pickRows(data: Float32Array, rows: number, width: number, picked: ArrayLike<number>): Float32Array {
  const planes = data.length / (rows * width);
  const parts = Array.from({ length: planes * picked.length }, (_, part) => {
    const from = (Math.floor(part / picked.length) * rows + picked[part % picked.length]!) * width;
    return data.subarray(from, from + width);
  });
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

describe.each(families)('%s', (family) => {
  const folder = join(goldenFolder, 'families', family);
  const golden = readGolden(elsewhere ? join(elsewhere, family, 'golden.safetensors') : `families/${family}/golden.safetensors`);
  const { spec, files } = openCheckpoint(folder);
  const { layers, heads, kvHeads, headDim, hiddenSize, vocabSize } = spec;
  let model: NativeModel;
  beforeAll(() => {
    model = loadAddon().openModel(spec, files);
  });
  afterAll(() => model.close());

  const prefill = (n: number): Promise<NativeRun> =>
    model.prefill(
      {
        tokens: tokensOf(n, vocabSize),
        threads: 2,
        compat: false,
        keepLayerInputs: true,
        keepOverviews: false,
        keepLse: true,
        denseWherePays: false,
      },
      () => {},
    ).promise;
  const plane = (name: string, layer: number) => {
    const { shape, data } = golden(name);
    const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return data.subarray(layer * size, (layer + 1) * size);
  };

  it.each([...golden('lengths').data])('computes what transformers does on %i tokens', async (n) => {
    const rows = golden(`rows.${n}`).data;
    const run = await prefill(n);
    try {
      const logits = new Float32Array(n * vocabSize);
      await run.logits(0, n, logits, 2).promise;
      expect(maxAbsDifference(pickRows(logits, n, vocabSize, rows), golden(`logits.${n}`).data), 'logits').toBeLessThanOrEqual(5e-4);
      const top = golden(`top1.${n}`).data;
      for (let row = 0; row < n; row += 1) {
        const values = logits.subarray(row * vocabSize, (row + 1) * vocabSize);
        // Where two tokens tie within the tolerance either may come first.
        expect(values.reduce((a, b) => Math.max(a, b)) - values[top[row]!]!, `row ${row}`).toBeLessThanOrEqual(1e-3);
      }
      const lse = new Float32Array(heads * n);
      const hidden = new Float32Array(n * hiddenSize);
      for (let at = 0; at <= layers; at += 1) {
        run.copyLayerInput(at, hidden);
        expect(
          relativeDifference(pickRows(hidden, n, hiddenSize, rows), plane(`hidden.${n}`, at)),
          `input of layer ${at}`,
        ).toBeLessThanOrEqual(1e-4);
        if (at === layers) break;
        run.copyLse(at, lse);
        expect(maxAbsDifference(pickRows(lse, n, 1, rows), plane(`lse.${n}`, at)), `lse of layer ${at}`).toBeLessThanOrEqual(4e-4);
        const layer = await run.layer(at, 2).promise;
        const q = new Float32Array(heads * n * headDim);
        const k = new Float32Array(kvHeads * n * headDim);
        layer.copy('q', q);
        layer.copy('k', k);
        expect(relativeDifference(pickRows(q, n, headDim, rows), plane(`q.${n}`, at)), `q of layer ${at}`).toBeLessThanOrEqual(2e-4);
        expect(relativeDifference(pickRows(k, n, headDim, rows), plane(`k.${n}`, at)), `k of layer ${at}`).toBeLessThanOrEqual(2e-4);
        const again = new Float32Array(n);
        await layer.lse(0, again, 2).promise;
        expect(maxAbsDifference(again, lse.subarray(0, n)), `lse asked again in layer ${at}`).toBeLessThanOrEqual(1e-5);
        layer.close();
      }
    } finally {
      run.close();
    }
  });
});
