// Qwen 2 and 2.5: biases on q, k and v; a window in the upper layers where it is switched on.
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig, LayerKind } from '../decoder_config.ts';
import { readDecoder, requireSilu } from '../decoder_fields.ts';
import { readWindow, slidingLayers } from '../layer_types.ts';
import { readRope } from '../rope.ts';

export const QWEN2_DEFAULTS = {
  hiddenSize: 4096,
  intermediateSize: 22016,
  layers: 32,
  heads: 32,
  kvHeads: 32,
  headDim: null,
  vocabSize: 151936,
  maxPositions: 32768,
  rmsNormEps: 1e-6,
  tiedEmbeddings: false,
};

export function readQwen2(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, QWEN2_DEFAULTS);
  noteDualChunks(config, notes);
  const why = 'models of this type have it';
  return {
    ...base,
    architecture: 'Qwen2ForCausalLM',
    biases: { q: why, k: why, v: why },
    ropes: [readRope(config, base, notes)],
    layerKinds: qwenLayers(config, base.layers),
  };
}

/** use_sliding_window false nulls the window; else layers from max_window_layers on slide. */
export function qwenLayers(config: ConfigFields, layers: number): LayerKind[] {
  const window = (config.flag('use_sliding_window') ?? false) ? readWindow(config, 4096) : null;
  const from = config.number('max_window_layers') ?? 28;
  return slidingLayers(config, layers, window, (layer) => layer >= from).map((slides) => ({
    rope: 0,
    window: slides ? window : null,
    experts: false,
  }));
}

/** The 1M models ask for dual chunk attention, which transformers reads and does not apply either. */
export function noteDualChunks(config: ConfigFields, notes: string[]): void {
  if (config.object('dual_chunk_attention_config') === null) return;
  notes.push('config.json asks for dual chunk attention; plain attention is used, as in transformers, at every length.');
}
