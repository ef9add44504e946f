// Tiles of a head, of the whole map and of what a pattern drops; and the pairs that stand out in either.
import type { NativePattern } from '../native/addon.ts';
import { TILE_SIDE } from '../protocol/limits.ts';
import type { Pattern } from '../protocol/pattern.ts';
import type { Rect } from '../protocol/records.ts';
import type { Handlers, RequestContext } from '../protocol/server.ts';
import type { EngineState } from './engine_state.ts';
import { quantisePlane } from './frames.ts';
import { checkRect, taskOf } from './map_handlers.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';

interface TileRequest {
  runId: string;
  layer: number;
  head: number;
  rect: Rect;
  key: number;
}

export function tileHandlers(engine: EngineState): Pick<Handlers, 'map.tile' | 'map.missed' | 'map.strongest'> {
  /** One frame of two planes; `droppedBy`: only of the pairs that it does not keep. */
  async function tile(request: TileRequest, droppedBy: NativePattern | null, context: RequestContext) {
    const { rect, head, key } = request;
    checkRect(rect, engine.run(context.owner, request.runId).info.rows);
    const columns = Math.min(TILE_SIDE, rect[3] - rect[2]);
    const rows = Math.min(TILE_SIDE, rect[1] - rect[0]);
    const cells = rows * columns;
    const max = new Float32Array(cells);
    const sum = new Float32Array(cells);
    await engine.withLayer(taskOf(request, context), (layer, _entry, threads) =>
      awaitJob(layer.planes(head, droppedBy, rect, columns, rows, max, sum, threads), context.signal, 'picture'),
    );
    const payload = new Uint8Array(2 * cells);
    const scale = [quantisePlane(max, payload.subarray(0, cells)), quantisePlane(sum, payload.subarray(cells))];
    await context.frame({ key, dtype: 'u8', planes: 2, rows, columns, scale, payload });
    return { frames: 1, rows, columns };
  }
  const native = (pattern: Pattern | undefined) => (pattern === undefined ? null : nativePattern(pattern));

  return {
    'map.tile': (params, context) => tile(params, null, context),

    'map.missed': (params, context) => tile(params, nativePattern(params.pattern), context),

    'map.strongest': async (params, context) => {
      const { rect, head, count } = params;
      checkRect(rect, engine.run(context.owner, params.runId).info.rows);
      const missedBy = native(params.missedBy);
      const { q, k, p } = await engine.withLayer(taskOf(params, context, 'figures'), (layer, _entry, threads) =>
        awaitJob(layer.strongest(head, missedBy, rect, count, threads), context.signal),
      );
      return { pairs: Array.from(q, (query, place) => ({ q: query, k: k[place] ?? 0, value: p[place] ?? 0 })) };
    },
  };
}
