// Runs: made by a prefill, opened from disk, captured elsewhere; listed, exported, closed.
import { HeadscopeError } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import type { Params } from '../protocol/methods.ts';
import type { RunInfo } from '../protocol/records.ts';
import type { Handlers, RequestContext } from '../protocol/server.ts';
import { openCapture } from '../runs/capture.ts';
import { inspectRunFolder, removeSavedRun } from '../runs/saved_run_removal.ts';
import { chooseBackend } from './backend_choice.ts';
import type { EngineState } from './engine_state.ts';
import { bytesOf } from './frames.ts';
import { generateText } from './generate_job.ts';
import { prefillRun } from './prefill_job.ts';
import { RunEntry } from './run_entry.ts';
import { exportRun, logitsPieces, nativeRun } from './run_exports.ts';
import { openRun, saveRun } from './saved_runs.ts';

const FLOATS_A_FRAME = MAX_FRAME_BYTES / 4;

async function captureRun(engine: EngineState, params: Params<'run.capture'>, context: RequestContext): Promise<RunInfo> {
  const choice = await chooseBackend(engine, params.backend);
  const capture = openCapture(engine.readable(params.path));
  const { heads, kvHeads, headDim, rows, scale, layers } = capture;
  const entry = new RunEntry({
    info: {
      runId: engine.newRunId(),
      kind: 'capture',
      model: { name: capture.name, hash: capture.identity },
      rows,
      layers: Math.max(...layers) + 1,
      heads,
      kvHeads,
      headDim,
      vocabSize: null,
      layersPresent: layers,
      promptHash: null,
      totalMs: null,
      timings: [],
      notes: [...choice.notes, ...capture.notes],
    },
    owner: context.owner,
    load: async (layer) => {
      const { q, k, v } = capture.readLayer(layer);
      return engine.addon().captureLayer(q, k, v, { heads, kvHeads, headDim, rows, scale }, choice.backend);
    },
    patterns: null,
    compat: false,
    kept: { lse: false, overviews: false },
  });
  engine.adoptRun(entry, context.signal);
  return entry.info;
}

function checkRows(begin: number, end: number, rows: number): void {
  if (begin >= end || end > rows) {
    throw new HeadscopeError('INVALID_REQUEST', `Rows [${begin}, ${end}) are not of this run; it has ${rows}.`, { begin, end, rows });
  }
}

/** A host that writes nothing deletes nothing, and says so before it looks. */
function deletable(engine: EngineState, path: string): string {
  if (!engine.policy.writeFiles)
    throw new HeadscopeError('FILE_WRITE_FAILED', `This engine does not delete files for its clients (asked for ${path}).`, { path });
  return engine.readable(path);
}

type RunMethods = Exclude<Extract<keyof Handlers, `run.${string}`>, 'run.measure' | 'run.compare'>;

export function runHandlers(engine: EngineState): Pick<Handlers, RunMethods> {
  return {
    'run.prefill': (params, context) => prefillRun(engine, params, context),
    'run.open': (params, context) => openRun(engine, params, context),
    'run.capture': async (params, context) => captureRun(engine, params, context),
    'run.save': (params, context) => saveRun(engine, params, context),
    'run.folder': async ({ path }) => {
      const { description, files, path: folder } = await inspectRunFolder(deletable(engine, path));
      return { path: folder, model: description.model.name, rows: description.n, created: description.created, files };
    },
    'run.delete': async ({ path }) => removeSavedRun(deletable(engine, path)),
    'run.exports': (params, context) => exportRun(engine, params, context),
    'run.list': async (_, { owner }) => ({ runs: engine.runsOf(owner).map((entry) => entry.info) }),

    'run.tokens': async ({ runId, begin, end }, { owner }) => {
      const { tokens, info } = engine.run(owner, runId);
      if (!tokens) throw new HeadscopeError('INVALID_REQUEST', 'A capture has no tokens.');
      checkRows(begin, end, info.rows);
      return { ids: [...tokens.subarray(begin, end)] };
    },

    'run.logits': async ({ runId, begin, end }, context) => {
      const entry = engine.run(context.owner, runId);
      nativeRun(entry);
      checkRows(begin, end, entry.info.rows);
      const columns = entry.info.vocabSize ?? 0;
      let frames = 0;
      for await (const piece of logitsPieces(engine, entry, begin, end, engine.threads(0), context)) {
        const rowsAFrame = Math.max(1, Math.floor(FLOATS_A_FRAME / columns));
        for (let at = 0; at < piece.length; ) {
          // Whole rows where they fit a frame, otherwise parts of one row.
          const left = piece.length - at;
          const length =
            columns <= FLOATS_A_FRAME ? Math.min(left, rowsAFrame * columns) : Math.min(FLOATS_A_FRAME, columns - (at % columns));
          const shape = columns <= FLOATS_A_FRAME ? { rows: length / columns, columns } : { rows: 1, columns: length };
          const payload = bytesOf(piece.subarray(at, at + length));
          await context.frame({ key: frames, dtype: 'f32', planes: 1, ...shape, scale: [], payload });
          frames += 1;
          at += length;
        }
      }
      return { frames, rows: end - begin, columns };
    },

    'run.generate': (params, context) => generateText(engine, params, context),

    'run.close': async ({ runId }, { owner }) => {
      await engine.closeRun(engine.run(owner, runId));
      return {};
    },
  };
}
