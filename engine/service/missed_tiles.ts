// Tiles of what a pattern drops: the same cells as map.tile, over the causal pairs that the mask does not keep. The pairs are computed
// exactly, a turn at the machine at a time, and folded into cells here.
import type { NativeIndex } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { TILE_SIDE } from '../protocol/limits.ts';
import type { Rect } from '../protocol/records.ts';
import type { Handlers } from '../protocol/server.ts';
import type { EngineState } from './engine_state.ts';
import { quantisePlane } from './frames.ts';
import { CELLS_A_TURN, checkRect, taskOf } from './map_handlers.ts';
import { nativePattern } from './native_pattern.ts';
import { awaitJob } from './native_queue.ts';

/** Pairs of the largest rectangle: about a second of work. Above it the picture has to do with an estimate. */
const MOST_PAIRS = 1 << 26;

/** Which keys of a row are kept, one byte a position. */
export interface KeptKeys {
  /** By key, whatever the row. */
  columns: Uint8Array | null;
  /** By distance. */
  distances: Uint8Array | null;
  /** By key block: of the row's block row, one byte a block. */
  blocksOf: ((row: number) => Uint8Array) | null;
  blockSize: number;
}

function marks(count: number, positions: Int32Array | undefined): Uint8Array {
  const marked = new Uint8Array(count);
  for (const position of positions ?? []) marked[position] = 1;
  return marked;
}

export function keptKeys(index: NativeIndex, rows: number): KeptKeys {
  const { blockSize, rowStart, rowBlocks } = index;
  if (blockSize === undefined || !rowStart || !rowBlocks) {
    return { columns: marks(rows, index.columns), distances: marks(rows, index.distances), blocksOf: null, blockSize: 1 };
  }
  const side = Math.ceil(rows / blockSize);
  let at = -1;
  let kept: Uint8Array = new Uint8Array(side);
  const blocksOf = (row: number) => {
    const block = Math.floor(row / blockSize);
    if (block !== at) {
      kept = marks(side, rowBlocks.subarray(rowStart[block], rowStart[block + 1]));
      at = block;
    }
    return kept;
  };
  return { columns: null, distances: null, blocksOf, blockSize };
}

/** A picture of [height, width] cells over a rectangle, filled row by row: cell c of n covers [floor(c length / n), ...). */
export class MissedCells {
  readonly max: Float32Array;
  readonly sum: Float32Array;
  readonly #cellOfKey: Int32Array;
  readonly #rect: Rect;
  readonly #width: number;
  readonly #height: number;

  constructor(rect: Rect, width: number, height: number) {
    this.#rect = rect;
    this.#width = width;
    this.#height = height;
    this.max = new Float32Array(width * height);
    this.sum = new Float32Array(width * height);
    const keys = rect[3] - rect[2];
    this.#cellOfKey = new Int32Array(keys);
    for (let x = 0; x < width; x += 1) {
      this.#cellOfKey.fill(x, Math.floor((x * keys) / width), Math.floor(((x + 1) * keys) / width));
    }
  }

  /** `pairs`: probabilities of rows [q, q + count) over the rectangle's keys; zero above the diagonal. */
  add(pairs: Float32Array, q: number, count: number, { columns, distances, blocksOf, blockSize }: KeptKeys): void {
    const [q0, q1, k0, k1] = this.#rect;
    const keys = k1 - k0;
    const { max, sum } = this;
    const cells = this.#cellOfKey;
    for (let i = q; i < q + count; i += 1) {
      const from = (i - q) * keys;
      const row = Math.floor(((i - q0 + 1) * this.#height - 1) / (q1 - q0)) * this.#width;
      const end = Math.min(k1, i + 1);
      const blocks = blocksOf?.(i) ?? null;
      for (let k = k0; k < end; k += 1) {
        if (blocks ? blocks[Math.floor(k / blockSize)]! : columns![k]! | distances![i - k]!) continue;
        const p = pairs[from + k - k0]!;
        const cell = row + cells[k - k0]!;
        sum[cell] = sum[cell]! + p;
        if (p > max[cell]!) max[cell] = p;
      }
    }
  }
}

export function missedHandlers(engine: EngineState): Pick<Handlers, 'map.missed'> {
  return {
    'map.missed': async (params, context) => {
      const { rect, head, key } = params;
      const total = engine.run(context.owner, params.runId).info.rows;
      checkRect(rect, total);
      const [q0, q1, k0, k1] = rect;
      const keys = k1 - k0;
      if ((q1 - q0) * keys > MOST_PAIRS) {
        throw new HeadscopeError(
          'LIMIT_EXCEEDED',
          `${(q1 - q0) * keys} pairs are too many for one tile of missed mass; at most ${MOST_PAIRS}.`,
          {
            most: MOST_PAIRS,
          },
        );
      }
      const pattern = nativePattern(params.pattern);
      const width = Math.min(TILE_SIDE, keys);
      const height = Math.min(TILE_SIDE, q1 - q0);
      const cells = new MissedCells(rect, width, height);
      // A dense head drops nothing.
      if (pattern.kind !== 'dense') {
        const index = await engine.withLayer(taskOf(params, context), (layer, _entry, threads) =>
          awaitJob(layer.index(head, pattern, false, threads), context.signal),
        );
        const kept = keptKeys(index, total);
        const turn = Math.max(1, Math.floor(CELLS_A_TURN / keys));
        for (let q = Math.max(q0, Math.min(q1, k0)); q < q1; q += turn) {
          const end = Math.min(q1, q + turn);
          const pairs = await engine.withLayer(taskOf(params, context), async (layer, _entry, threads) => {
            const into = new Float32Array((end - q) * keys);
            await awaitJob(layer.tile(head, [q, end, k0, k1], keys, end - q, 'max', into, threads), context.signal);
            return into;
          });
          cells.add(pairs, q, end - q, kept);
        }
      }
      const payload = new Uint8Array(2 * width * height);
      const scale = [
        quantisePlane(cells.max, payload.subarray(0, width * height)),
        quantisePlane(cells.sum, payload.subarray(width * height)),
      ];
      await context.frame({ key, dtype: 'u8', planes: 2, rows: height, columns: width, scale, payload });
      return { frames: 1, rows: height, columns: width };
    },
  };
}
