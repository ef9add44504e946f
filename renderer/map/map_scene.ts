// From a viewport and the tiles there are to what is drawn and what is still wanted.
import type { MaskMode } from '../state/preferences.ts';
import { levelFor, type TileAddress, type TokenRect, tileRect, tileSpan, tilesIn, topLevel, transposed } from '../tiles/pyramid.ts';
import type { Tile } from '../tiles/tile.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import type { TileStore, Wish } from '../tiles/tile_store.ts';
import type { Piece } from './map_renderer.ts';
import { EXACT_MASK_PIXELS } from './map_shader.ts';

export interface SceneRequest {
  place: TilePlace;
  /** The same head with what its pattern drops; null: no mask, or none that drops anything. */
  lostPlace: TilePlace | null;
  /** The last such picture that was whole: it stays until the new one is there. */
  lostBefore: TilePlace | null;
  /** False while the pattern is being dragged: counting every step of it would help nobody. */
  countLost: boolean;
  tokens: number;
  view: TokenRect;
  /** Device pixels along the view's side. */
  width: number;
  mode: MaskMode;
}

export interface BuiltScene {
  level: number;
  pieces: Piece[];
  wishes: Wish[];
  /** Pieces drawn from their own tile, from one above it, and from none. */
  sharp: number;
  coarse: number;
  empty: number;
  /** Some missed mass on screen is attention times the share of the cell that is not kept: no count. */
  lostEstimated: boolean;
  /** Some missed mass on screen was counted for an earlier budget. */
  lostStale: boolean;
}

/** Modes whose picture below, or above, the diagonal shows missed mass. */
export const showsLost = (mode: MaskMode): boolean => mode === 'dim' || mode === 'missed' || mode === 'split';

function grown({ q0, q1, k0, k1 }: TokenRect, by: number): TokenRect {
  return { q0: q0 - by, q1: q1 + by, k0: k0 - by, k1: k1 + by };
}

/** Tiles around the picture are fetched ahead only where they are cheap: a tile's work grows with the tokens under it. */
const AHEAD_LEVEL = 2;

export function buildScene(
  { place, lostPlace, lostBefore, countLost, tokens, view, width, mode }: SceneRequest,
  store: TileStore,
): BuiltScene {
  const level = levelFor((view.k1 - view.k0) / Math.max(1, width), tokens);
  const own = tilesIn(view, level, tokens);
  const mirror = mode === 'split' ? tilesIn(transposed(view), level, tokens) : [];
  const pieces: Piece[] = [];
  const result: BuiltScene = { level, pieces, wishes: [], sharp: 0, coarse: 0, empty: 0, lostEstimated: false, lostStale: false };
  // Where tokens are large the mask is tested against every cell of level 0, and nothing has to be counted.
  const tested = level === 0 && width >= EXACT_MASK_PIXELS * (view.k1 - view.k0);
  const drawLost = showsLost(mode) && !tested && lostPlace !== null;
  const add = (address: TileAddress, mirrored: boolean) => {
    const [q0, q1, k0, k1] = tileRect(address, tokens);
    const found = store.nearest(place, address, tokens);
    const lossHere = showsLost(mode) && (mirrored || mode !== 'split');
    let lost: Tile | null = null;
    if (drawLost && lossHere) {
      const own = store.nearest(lostPlace, address, tokens)?.tile ?? null;
      lost = own ?? (lostBefore && (store.nearest(lostBefore, address, tokens)?.tile ?? null));
      if (!own && lost) result.lostStale = true;
    }
    if (!found) result.empty += 1;
    else if (found.address.level === address.level) result.sharp += 1;
    else result.coarse += 1;
    if (lossHere && lostPlace && !lost && !(tested && found?.address.level === 0)) result.lostEstimated = true;
    pieces.push({ rect: { q0, q1, k0, k1 }, tile: found?.tile ?? null, lost, mirrored });
  };
  for (const address of own) add(address, false);
  for (const address of mirror) add(address, true);

  const wanted = unique([...own, ...mirror]);
  const later = level <= AHEAD_LEVEL && level < topLevel(tokens) ? tilesIn(grown(view, tileSpan(level) / 2), level, tokens) : [];
  result.wishes.push({ place, tokens, tiles: wanted, later });
  // The top of the pyramid is what the scale is made from.
  if (showsLost(mode) && lostPlace && countLost) {
    const tiles = drawLost ? (mode === 'split' ? mirror : own) : [];
    result.wishes.push({ place: lostPlace, tokens, tiles, later: [{ level: topLevel(tokens), y: 0, x: 0 }] });
  }
  return result;
}

function unique(tiles: readonly TileAddress[]): TileAddress[] {
  const seen = new Set<string>();
  return tiles.filter(({ y, x }) => {
    const key = `${y}/${x}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}
