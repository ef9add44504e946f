// run.generate: greedy text after a run's prompt.
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params, Result } from '../protocol/methods.ts';
import type { RequestContext } from '../protocol/server.ts';
import type { EngineState } from './engine_state.ts';
import { awaitJob } from './native_queue.ts';

/** Left for the rest of the process and the system. */
const USABLE_SHARE = 0.9;

/** Throws OUT_OF_MEMORY, with the numbers, where the keys and values of the whole text would not fit. */
function checkCache(tokens: number, width: number, availableBytes: number): void {
  const bytes = 2 * 4 * tokens * width;
  const usable = availableBytes * USABLE_SHARE;
  if (bytes <= usable) return;
  const gib = (amount: number) => `${(amount / 2 ** 30).toFixed(2)} GiB`;
  throw new HeadscopeError(
    'OUT_OF_MEMORY',
    `The keys and values of ${tokens} tokens would hold ${gib(bytes)}; ${gib(usable)} may be used. Give a shorter prompt or fewer new tokens.`,
    { tokens, bytes, availableBytes },
  );
}

export async function generateText(
  engine: EngineState,
  params: Params<'run.generate'>,
  context: RequestContext<'run.generate'>,
): Promise<Result<'run.generate'>> {
  const { native, lease, info } = engine.run(context.owner, params.runId);
  if (!native || !lease) throw new HeadscopeError('INVALID_REQUEST', 'A capture has no model to continue it with; generate from a prompt.');
  const { checkpoint } = lease;
  const { layers, kvHeads, headDim, endTokens } = checkpoint.config;
  // A lease of its own: the run may be closed meanwhile.
  const held = engine.models.acquire(checkpoint.folder, lease.backend);
  try {
    const stop = Int32Array.from(params.stopTokens ?? endTokens);
    const made = await engine.queue.run('batch', context.signal, () => {
      checkCache(info.rows + params.maxNew, layers * kvHeads * headDim, engine.addon().info().availableBytes);
      const job = native.generate(params.maxNew, stop, engine.threads(params.threads), (done, total, note) =>
        context.progress({ done, total, unit: 'token', note }),
      );
      return awaitJob(job, context.signal);
    });
    const ids = [...made.tokens];
    return {
      ids,
      text: await textOf(engine, checkpoint.folder, ids, context),
      stopped: made.stopped,
      cacheMs: made.cacheMs,
      decodeMs: made.decodeMs,
    };
  } finally {
    held.release();
  }
}

async function textOf(engine: EngineState, folder: string, ids: number[], context: RequestContext<'run.generate'>): Promise<string | null> {
  try {
    return await engine.tokenizers.use(folder, context.signal, (tokenizer, signal) => tokenizer.decode(ids, false, signal));
  } catch (error) {
    if (error instanceof HeadscopeError && error.code === 'TOKENIZER_MISSING') return null;
    throw error;
  }
}
