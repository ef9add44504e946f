// The engine's forward pass against transformers in float32 (README.md says how the goldens were made).
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import type { NativeLayer, NativeModel, NativeRun } from '../../engine/native/addon.ts';
import { loadAddon } from '../../engine/native/load.ts';
import { goldenFolder, maxAbsDifference, readGolden, relativeDifference } from './read_golden.ts';

const demoModel = join(goldenFolder, '..', '..', 'assets', 'demo-model');
const cases = [
  ...['llama-f32-mha-tied', 'llama-bf16-gqa-untied', 'llama-f32-biases', 'llama-rope3-old-f16', 'llama-rope3-new-sharded'].map((name) => ({
    name,
    folder: join(goldenFolder, name),
    file: `${name}/golden.safetensors`,
  })),
  ...[300, 1025].map((tokens) => ({ name: `demo model, ${tokens} tokens`, folder: demoModel, file: `demo-model-${tokens}.safetensors` })),
];

/** Rows `picked` of a [planes, rows, width] array. */
function pickRows(data: Float32Array, rows: number, width: number, picked: ArrayLike<number>): Float32Array {
  const planes = data.length / (rows * width);
  const out = new Float32Array(planes * picked.length * width);
  for (let plane = 0; plane < planes; plane += 1) {
    for (let at = 0; at < picked.length; at += 1) {
      const from = (plane * rows + picked[at]!) * width;
      out.set(data.subarray(from, from + width), (plane * picked.length + at) * width);
    }
  }
  return out;
}

describe.each(cases)('$name', ({ folder, file }) => {
  const golden = readGolden(file);
  const { spec, files } = openCheckpoint(folder);
  const tokens = Int32Array.from(golden('tokens').data);
  const n = tokens.length;
  const stateRows = golden('state_rows').data;
  const plane = (name: string, layer: number) => {
    const { shape, data } = golden(name);
    const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return data.subarray(layer * size, (layer + 1) * size);
  };
  const layerIndices = Array.from({ length: spec.layers }, (_, layer) => layer);

  let model: NativeModel;
  let run: NativeRun;
  let layers: NativeLayer[];
  beforeAll(async () => {
    model = loadAddon().openModel(spec, files);
    run = await model.prefill(
      { tokens, threads: 2, compat: false, keepLayerInputs: true, keepOverviews: false, keepLse: true, denseWherePays: false },
      () => {},
    ).promise;
    layers = [];
    for (const layer of layerIndices) layers.push(await run.layer(layer, 2).promise);
  });
  afterAll(() => {
    for (const layer of layers) layer.close();
    run.close();
    model.close();
  });

  it('gives the logits within 2e-3, and the same most likely token', async () => {
    const logits = new Float32Array(n * spec.vocabSize);
    await run.logits(0, n, logits, 2).promise;
    const difference = maxAbsDifference(pickRows(logits, n, spec.vocabSize, golden('logit_rows').data), golden('logits').data);
    expect(difference).toBeLessThanOrEqual(2e-3);
    const top = golden('top1').data;
    for (let row = 0; row < n; row += 1) {
      const values = logits.subarray(row * spec.vocabSize, (row + 1) * spec.vocabSize);
      // Where two tokens tie within the tolerance either may come first.
      expect(values.reduce((a, b) => Math.max(a, b)) - values[top[row]!]!, `row ${row}`).toBeLessThanOrEqual(2e-3);
    }
  });

  it('gives the hidden states, relative to their norm', () => {
    for (let layer = 0; layer <= spec.layers; layer += 1) {
      const hidden = new Float32Array(n * spec.hiddenSize);
      run.copyLayerInput(layer, hidden);
      expect(relativeDifference(pickRows(hidden, n, spec.hiddenSize, stateRows), plane('hidden', layer))).toBeLessThanOrEqual(1e-4);
    }
  });

  it('gives the log-sum-exp of every head within 4e-4', () => {
    const rows = golden('rows').data;
    for (const layer of layerIndices) {
      const lse = new Float32Array(spec.heads * n);
      run.copyLse(layer, lse);
      const picked = Float32Array.from(
        { length: spec.heads * rows.length },
        (_, at) => lse[Math.floor(at / rows.length) * n + rows[at % rows.length]!]!,
      );
      expect(maxAbsDifference(picked, plane('lse', layer))).toBeLessThanOrEqual(4e-4);
    }
  });

  it.each(['q', 'k', 'v'] as const)('projects %s again after RoPE', (which) => {
    const heads = which === 'q' ? spec.heads : spec.kvHeads;
    layerIndices.forEach((layer) => {
      const data = new Float32Array(heads * n * spec.headDim);
      layers[layer]!.copy(which, data);
      expect(relativeDifference(pickRows(data, n, spec.headDim, stateRows), plane(which, layer))).toBeLessThanOrEqual(2e-4);
    });
  });
});
