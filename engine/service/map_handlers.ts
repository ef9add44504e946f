// Pictures of a head: exact cells, aggregated cells, masks, overviews, profiles.
import type { NativePattern } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { MAX_FRAME_BYTES, TILE_SIDE } from '../protocol/limits.ts';
import type { Rect } from '../protocol/records.ts';
import type { Handlers, RequestContext } from '../protocol/server.ts';
import type { EngineState, LayerTask } from './engine_state.ts';
import { bytesOf, rowsAFrame, sendRows } from './frames.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob, type Urgency } from './native_queue.ts';

/** Cells computed by one turn at the machine: enough to keep the threads busy, little enough that others get in between. */
const CELLS_A_TURN = 4 << 20;

interface HeadRequest {
  runId: string;
  layer: number;
  head: number;
  threads?: number | undefined;
}

export function taskOf(request: HeadRequest, context: RequestContext, urgency: Urgency = 'picture'): LayerTask {
  const { runId, layer, head, threads } = request;
  return { owner: context.owner, runId, layer, head, threads, urgency, signal: context.signal };
}

export function checkRect([q0, q1, k0, k1]: Rect, rows: number): void {
  if (q1 > rows || k1 > rows) {
    const text = `The rectangle [${q0},${q1},${k0},${k1}) reaches beyond the run's ${rows} positions.`;
    throw new HeadscopeError('INVALID_REQUEST', text, { rows });
  }
}

/** No more cells than the rectangle has rows and keys: a cell covers at least one of each. */
function checkSize([q0, q1, k0, k1]: Rect, width: number, height: number): void {
  if (width > k1 - k0 || height > q1 - q0) {
    const text = `${width}x${height} cells do not fit a rectangle of ${k1 - k0} keys by ${q1 - q0} rows; a cell covers at least one of each.`;
    throw new HeadscopeError('INVALID_REQUEST', text, { width, height });
  }
}

type MapMethods = 'map.exact' | 'map.aggregate' | 'map.mask' | 'map.overview' | 'map.profiles' | 'map.row';

export function mapHandlers(engine: EngineState): Pick<Handlers, MapMethods> {
  /** Exact cells, a turn at a time. */
  async function exact(request: HeadRequest, rect: Rect, context: RequestContext) {
    const [q0, q1, k0, k1] = rect;
    checkRect(rect, engine.run(context.owner, request.runId).info.rows);
    const columns = k1 - k0;
    const block = rowsAFrame(columns);
    const turn = Math.max(1, Math.floor(CELLS_A_TURN / columns / block)) * block;
    let frames = 0;
    for (let q = q0; q < q1; q += turn) {
      const end = Math.min(q1, q + turn);
      const cells = await engine.withLayer(taskOf(request, context), async (layer, _entry, threads) => {
        const into = new Float32Array((end - q) * columns);
        await awaitJob(layer.tile(request.head, [q, end, k0, k1], columns, end - q, 'max', into, threads), context.signal, 'picture');
        return into;
      });
      frames += await sendRows(context, cells, columns, frames);
      context.progress({ done: end - q0, total: q1 - q0, unit: 'row', note: '' });
    }
    return { frames, rows: q1 - q0, columns };
  }

  return {
    'map.exact': (params, context) => exact(params, params.rect, context),

    'map.row': (params, context) => {
      const { rows } = engine.run(context.owner, params.runId).info;
      if (params.row >= rows) throw new HeadscopeError('INVALID_REQUEST', `There is no row ${params.row}; the run has ${rows}.`, { rows });
      return exact(params, [params.row, params.row + 1, 0, params.row + 1], context);
    },

    'map.aggregate': async (params, context) => {
      const { rect, size, aggregate, head } = params;
      checkRect(rect, engine.run(context.owner, params.runId).info.rows);
      checkSize(rect, size.width, size.height);
      const cells = await engine.withLayer(taskOf(params, context), async (layer, _entry, threads) => {
        const into = new Float32Array(size.width * size.height);
        await awaitJob(layer.tile(head, rect, size.width, size.height, aggregate, into, threads), context.signal, 'picture');
        return into;
      });
      return { frames: await sendRows(context, cells, size.width, 0), rows: size.height, columns: size.width };
    },

    'map.mask': async (params, context) => {
      const { rect, size, head } = params;
      const pattern: NativePattern = nativePattern(params.pattern);
      checkRect(rect, engine.run(context.owner, params.runId).info.rows);
      checkSize(rect, size.width, size.height);
      const cells = await engine.withLayer(taskOf(params, context), async (layer, _entry, threads) => {
        const into = new Float32Array(size.width * size.height);
        const job = layer.maskTile(head, pattern, params.compat ?? false, rect, size.width, size.height, into, threads);
        await awaitJob(job, context.signal, 'picture');
        return into;
      });
      return { frames: await sendRows(context, cells, size.width, 0), rows: size.height, columns: size.width };
    },

    'map.overview': async (params, context) => {
      const entry = engine.run(context.owner, params.runId);
      const { layer } = params;
      const heads = params.heads ?? Array.from({ length: entry.info.heads }, (_, head) => head);
      for (const head of heads) entry.checkPlace(layer, head);
      const cells = TILE_SIDE * TILE_SIDE;
      const kept = entry.native && entry.kept.overviews && !entry.sparse ? entry.native : undefined;
      for (const [done, head] of heads.entries()) {
        const both = new Float32Array(2 * cells);
        if (kept) {
          kept.copyOverview(layer, head, 'max', both.subarray(0, cells));
          kept.copyOverview(layer, head, 'sum', both.subarray(cells));
        } else {
          const place = taskOf({ runId: params.runId, layer, head }, context);
          await engine.withLayer(place, async (native, _entry, threads) => {
            const sum = new Float32Array(cells);
            const max = new Float32Array(cells);
            await awaitJob(native.overview(head, sum, max, threads), context.signal, 'picture');
            both.set(max);
            both.set(sum, cells);
          });
        }
        await context.frame({ key: head, dtype: 'f32', planes: 2, rows: TILE_SIDE, columns: TILE_SIDE, scale: [], payload: bytesOf(both) });
        context.progress({ done: done + 1, total: heads.length, unit: 'head', note: '' });
      }
      return { frames: heads.length, rows: TILE_SIDE, columns: TILE_SIDE };
    },

    'map.profiles': async (params, context) => {
      const { rows } = engine.run(context.owner, params.runId).info;
      const masses = [new Float64Array(rows), new Float64Array(rows)] as const;
      await engine.withLayer(taskOf(params, context, 'figures'), (layer, _entry, threads) =>
        awaitJob(layer.profiles(params.head, masses[0], masses[1], threads), context.signal),
      );
      let frames = 0;
      const step = MAX_FRAME_BYTES / 8;
      for (const [key, mass] of masses.entries()) {
        for (let begin = 0; begin < rows; begin += step) {
          const part = mass.subarray(begin, begin + step);
          await context.frame({ key, dtype: 'f64', planes: 1, rows: 1, columns: part.length, scale: [], payload: bytesOf(part) });
          frames += 1;
        }
      }
      return { frames, rows: 2, columns: rows };
    },
  };
}
