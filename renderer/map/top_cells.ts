// The cells of a picture with the most attention, largest first: what the picture says, as a list.
import type { TokenRect } from '../tiles/pyramid.ts';
import { type Aggregate, codeOctaves, type Tile } from '../tiles/tile.ts';
import type { Piece } from './map_renderer.ts';

export interface TopCell {
  /** Tokens covered: rows [q0, q1), keys [k0, k1). */
  rect: TokenRect;
  /** As the tile's code says it: within 3.4 %. */
  value: number;
  kept: boolean | null;
}

const startOf = (cell: number, from: number, to: number, cells: number) => from + Math.floor((cell * (to - from)) / cells);

/** Cells below the diagonal whose middle is in view, at most `count`. `isKept` answers for the pair in a cell's middle. */
export function topCells(
  pieces: readonly Piece[],
  view: TokenRect,
  aggregate: Aggregate,
  count: number,
  isKept: (q: number, k: number) => boolean | null,
): TopCell[] {
  const best: { octaves: number; tile: Tile; y: number; x: number }[] = [];
  const seen = new Set<Tile>();
  const channel = aggregate === 'max' ? 0 : 1;
  for (const { tile, mirrored } of pieces) {
    if (!tile || mirrored || seen.has(tile)) continue;
    seen.add(tile);
    const [q0, q1, k0, k1] = tile.rect;
    const scale = tile.scale[aggregate];
    for (let y = 0; y < tile.rows; y += 1) {
      const q = (startOf(y, q0, q1, tile.rows) + startOf(y + 1, q0, q1, tile.rows)) / 2;
      if (q < view.q0 || q >= view.q1) continue;
      for (let x = 0; x < tile.columns; x += 1) {
        const code = tile.codes[2 * (y * tile.columns + x) + channel]!;
        if (code === 0) continue;
        const octaves = codeOctaves(code, scale);
        const last = best.at(-1);
        if (best.length >= count && last && octaves <= last.octaves) continue;
        const k = (startOf(x, k0, k1, tile.columns) + startOf(x + 1, k0, k1, tile.columns)) / 2;
        if (k < view.k0 || k >= view.k1) continue;
        const at = best.findIndex((other) => octaves > other.octaves);
        best.splice(at < 0 ? best.length : at, 0, { octaves, tile, y, x });
        if (best.length > count) best.pop();
      }
    }
  }
  return best.map(({ octaves, tile, y, x }) => {
    const [q0, q1, k0, k1] = tile.rect;
    const rect = {
      q0: startOf(y, q0, q1, tile.rows),
      q1: startOf(y + 1, q0, q1, tile.rows),
      k0: startOf(x, k0, k1, tile.columns),
      k1: startOf(x + 1, k0, k1, tile.columns),
    };
    const single = rect.q1 - rect.q0 === 1 && rect.k1 - rect.k0 === 1;
    return { rect, value: 2 ** octaves, kept: single ? isKept(rect.q0, rect.k0) : null };
  });
}
