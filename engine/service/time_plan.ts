// How long a prefill will take on each backend, from speeds measured on this machine a moment ago.
import type { CheckpointFacts } from '../checkpoint/checkpoint.ts';
import type { NativeInfo, NativeModel } from '../native/addon.ts';
import type { CancelSignal } from '../protocol/cancel.ts';
import type { Result } from '../protocol/methods.ts';
import { awaitJob } from './native_queue.ts';

type Facts = Pick<CheckpointFacts, 'layers' | 'heads' | 'hiddenSize' | 'vocabSize' | 'tied' | 'parameters'>;
type PlannedBackend = Result<'checkpoint.plan'>['backends'][number];

const TILE = 64;

/** Milliseconds of a dense prefill: two operations a parameter and token in the linear layers, and every causal tile of every head. */
export function timesOf(facts: Facts, tokens: number, speed: { linearFlopsPerMs: number; tileMs: number }) {
  const embeddings = facts.hiddenSize * facts.vocabSize * (facts.tied ? 1 : 2);
  const rowTiles = Math.ceil(tokens / TILE);
  const linearMs = (2 * tokens * (facts.parameters - embeddings)) / speed.linearFlopsPerMs;
  const attentionMs = facts.layers * facts.heads * ((rowTiles * (rowTiles + 1)) / 2) * speed.tileMs;
  return { linearMs, attentionMs, totalMs: linearMs + attentionMs };
}

/** The engine runs a model on the best backend that is there; the others say why they are not, or that they are not used. */
export async function planBackends(
  model: NativeModel,
  facts: Facts,
  tokens: number,
  threads: number,
  info: NativeInfo,
  signal: CancelSignal,
): Promise<PlannedBackend[]> {
  const used = info.backends.findIndex(({ available }) => available);
  const speed = await awaitJob(model.speed(threads), signal);
  return info.backends.map((backend, index) => ({ ...backend, times: index === used ? timesOf(facts, tokens, speed) : null }));
}
