// pattern.ranks: the order of a head's budgets, as frames.
import { HeadscopeError } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES, MAX_MAP_CELLS } from '../protocol/limits.ts';
import type { Params, Result } from '../protocol/methods.ts';
import { ESTIMATOR_DEFAULTS } from '../protocol/pattern.ts';
import type { RequestContext } from '../protocol/server.ts';
import type { EngineState } from './engine_state.ts';
import { bytesOf } from './frames.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';

const RANKS_A_FRAME = MAX_FRAME_BYTES / 4;

/** Refuses settings that a pattern of this kind could not have either. Throws PATTERN_INVALID. */
function estimatorOf(params: Params<'pattern.ranks'>) {
  const {
    lastQueries = ESTIMATOR_DEFAULTS.lastQueries,
    forcedSinks = ESTIMATOR_DEFAULTS.forcedSinks,
    forcedLocal = ESTIMATOR_DEFAULTS.forcedLocal,
    blockSize = ESTIMATOR_DEFAULTS.blockSize,
  } = params;
  if (params.kind === 'block_sparse') nativePattern({ kind: 'block_sparse', blocks: 1, blockSize });
  else nativePattern({ kind: 'vertical_slash', verticals: 1, slashes: 1, lastQueries, forcedSinks, forcedLocal });
  return { lastQueries, forcedSinks, forcedLocal, blockSize: params.kind === 'block_sparse' ? blockSize : ESTIMATOR_DEFAULTS.blockSize };
}

export async function sendRanks(
  engine: EngineState,
  params: Params<'pattern.ranks'>,
  context: RequestContext<'pattern.ranks'>,
): Promise<Result<'pattern.ranks'>> {
  const { runId, layer, head, kind, threads } = params;
  const { rows } = engine.run(context.owner, runId).info;
  const estimator = estimatorOf(params);
  const blocks = Math.ceil(rows / estimator.blockSize);
  if (kind === 'block_sparse' && blocks * blocks > MAX_MAP_CELLS) {
    const text = `${blocks} x ${blocks} blocks are more than ${MAX_MAP_CELLS} ranks; ask for larger blocks.`;
    throw new HeadscopeError('LIMIT_EXCEEDED', text, { blocks });
  }
  const first = new Int32Array(kind === 'block_sparse' ? blocks * blocks : rows);
  const second = new Int32Array(kind === 'block_sparse' ? 0 : rows);
  const place = { owner: context.owner, runId, layer, head, threads, urgency: 'picture', signal: context.signal } as const;
  await engine.withLayer(place, (native, _entry, count) =>
    awaitJob(native.ranks({ head, kind, ...estimator }, first, second, count), context.signal, 'picture'),
  );
  // Block rows are never cut: 8,192 of them fit a frame.
  const step = kind === 'block_sparse' ? Math.floor(RANKS_A_FRAME / blocks) * blocks : RANKS_A_FRAME;
  let frames = 0;
  for (const [key, ranks] of [first, second].entries()) {
    for (let begin = 0; begin < ranks.length; begin += step) {
      const part = ranks.subarray(begin, begin + step);
      const shape = kind === 'block_sparse' ? { rows: part.length / blocks, columns: blocks } : { rows: 1, columns: part.length };
      await context.frame({ key, dtype: 'i32', planes: 1, ...shape, scale: [], payload: bytesOf(part) });
      frames += 1;
    }
  }
  return kind === 'block_sparse' ? { frames, rows: blocks, columns: blocks } : { frames, rows: 2, columns: rows };
}
