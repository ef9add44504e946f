// SmolLM3: Llama whose every fourth layer does not rotate.
import { HeadscopeError } from '../../protocol/errors.ts';
import type { ConfigFields } from '../config_fields.ts';
import type { DecoderConfig } from '../decoder_config.ts';
import { biasesWhere, readDecoder, requireSilu } from '../decoder_fields.ts';
import { readWindow, slidingLayers } from '../layer_types.ts';
import { readRope } from '../rope.ts';

const DEFAULTS = {
  hiddenSize: 2048,
  intermediateSize: 11008,
  layers: 36,
  heads: 16,
  kvHeads: 4,
  headDim: null,
  vocabSize: 128256,
  maxPositions: 32768,
  rmsNormEps: 1e-6,
  tiedEmbeddings: true,
};

export function readSmolLm3(config: ConfigFields, notes: string[]): DecoderConfig {
  requireSilu(config);
  const base = readDecoder(config, DEFAULTS);
  const rotates = rotatingLayers(config, base.layers);
  const window = (config.flag('use_sliding_window') ?? false) ? readWindow(config, null) : null;
  const slides = slidingLayers(config, base.layers, window, (layer) => !rotates[layer]);
  return {
    ...base,
    architecture: 'SmolLM3ForCausalLM',
    biases: {
      ...biasesWhere(config, 'attention_bias', false, ['q', 'k', 'v', 'o']),
      ...biasesWhere(config, 'mlp_bias', false, ['gate', 'up', 'down']),
    },
    ropes: [readRope(config, { ...base, theta: 2e6 }, notes)],
    layerKinds: rotates.map((turns, layer) => ({ rope: turns ? 0 : null, window: slides[layer] ? window : null, experts: false })),
  };
}

/** no_rope_layers[i] is 1 where layer i *has* rotary embeddings; absent, every no_rope_layer_interval-th has none. */
function rotatingLayers(config: ConfigFields, layers: number): boolean[] {
  const marks = config.numbers('no_rope_layers');
  const interval = config.count('no_rope_layer_interval') ?? 4;
  if (marks === null) return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  if (marks.length !== layers || marks.some((mark) => mark !== 0 && mark !== 1)) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `config.json: no_rope_layers must be ${layers} entries of 0 and 1, one a layer; it has ${marks.length}.`,
    );
  }
  return marks.map((mark) => mark === 1);
}
