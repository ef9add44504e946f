// How long a prefill will take on each backend, from speeds measured on this machine a moment ago.
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import type { DecoderConfig } from '../checkpoint/decoder_config.ts';
import type { BackendName, NativeInfo, NativeModel } from '../native/addon.ts';
import type { CancelSignal } from '../protocol/cancel.ts';
import type { Result } from '../protocol/methods.ts';
import { awaitJob } from './native_queue.ts';

type PlannedBackend = Result<'checkpoint.plan'>['backends'][number];

/** What a prefill's time depends on. */
export type Work = Pick<DecoderConfig, 'heads' | 'hiddenSize' | 'vocabSize' | 'experts'> & {
  layerKinds: readonly Pick<DecoderConfig['layerKinds'][number], 'window' | 'experts'>[];
  tied: boolean;
  parameters: number;
};

const TILE = 64;

export function workOf({ config, tied, parameters }: Checkpoint): Work {
  return { ...config, tied, parameters: Object.values(parameters).reduce((sum, count) => sum + count, 0) };
}

/** Parameters that a token is multiplied by: without the embeddings, and of the experts only those that it is sent to. */
function multiplied({ hiddenSize, vocabSize, tied, parameters, layerKinds, experts }: Work): number {
  const embeddings = hiddenSize * vocabSize * (tied ? 1 : 2);
  const idle = experts === null ? 0 : (experts.count - experts.perToken) * 3 * hiddenSize * experts.intermediateSize;
  return parameters - embeddings - idle * layerKinds.filter((kind) => kind.experts).length;
}

/** Tiles of 64 rows and 64 keys that dense attention multiplies in one head (kernels/common/window.h). */
function denseTiles(tokens: number, window: number | null): number {
  const rowTiles = Math.ceil(tokens / TILE);
  if (window === null || window >= tokens) return (rowTiles * (rowTiles + 1)) / 2;
  const first = (tile: number) => Math.floor(Math.max(0, tile * TILE - window + 1) / TILE);
  return Array.from({ length: rowTiles }, (_, tile) => tile + 1 - first(tile)).reduce((sum, tiles) => sum + tiles, 0);
}

/** Milliseconds of a dense prefill: two operations a parameter and token in the linear layers, and every tile of every head that the
 * model's own windows leave. */
export function timesOf(work: Work, tokens: number, speed: { linearFlopsPerMs: number; tileMs: number }) {
  const linearMs = (2 * tokens * multiplied(work)) / speed.linearFlopsPerMs;
  const perWindow = new Map(work.layerKinds.map(({ window }) => [window, denseTiles(tokens, window)]));
  const tiles = work.layerKinds.reduce((sum, { window }) => sum + (perWindow.get(window) ?? 0), 0);
  const attentionMs = work.heads * tiles * speed.tileMs;
  return { linearMs, attentionMs, totalMs: linearMs + attentionMs };
}

/** The engine runs a model on the best backend that is there; the others say why they are not, or that they are not used. */
export async function planBackends(
  { native: model, backend: chosen }: { native: NativeModel; backend: BackendName },
  work: Work,
  tokens: number,
  threads: number,
  info: NativeInfo,
  signal: CancelSignal,
): Promise<PlannedBackend[]> {
  const used = info.backends.findIndex(({ name, available }) => available && name === chosen);
  const speed = await awaitJob(model.speed(threads), signal);
  return info.backends.map(({ present: _, ...backend }, index) => ({
    ...backend,
    times: index === used ? timesOf(work, tokens, speed) : null,
  }));
}
