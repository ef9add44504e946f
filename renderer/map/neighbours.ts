// The heads a key away from the one on screen: their overviews are fetched ahead, so that going there shows a picture at once.
import type { RunInfo } from '../../engine/protocol/records.ts';
import { topLevel } from '../tiles/pyramid.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import type { Wish } from '../tiles/tile_store.ts';

/** Overviews come with the prefill and cost a transfer. One that takes longer has to be computed, and is not worth the engine's time before
 * it is asked for. */
const CHEAP_MS = 100;

/** Next and previous head, next and previous layer, round the ends; each once, never `place` itself. */
export function neighbours({ heads, layersPresent }: Pick<RunInfo, 'heads' | 'layersPresent'>, place: TilePlace): TilePlace[] {
  const { runId, layer, head } = place;
  const at = layersPresent.indexOf(layer);
  const layerAt = (step: number) => layersPresent[(at + step + layersPresent.length) % layersPresent.length] ?? layer;
  const found: TilePlace[] = [];
  for (const next of [
    { runId, layer, head: (head + 1) % heads },
    { runId, layer, head: (head - 1 + heads) % heads },
    { runId, layer: layerAt(1), head },
    { runId, layer: layerAt(-1), head },
  ]) {
    const known = [place, ...found].some((other) => other.layer === next.layer && other.head === next.head);
    if (!known) found.push(next);
  }
  return found;
}

/** What to fetch once nothing of `place` is missing. `overviewMs`: what the newest overview took; null: none came yet. */
export function wishesAhead(
  info: Pick<RunInfo, 'heads' | 'layersPresent'>,
  place: TilePlace,
  tokens: number,
  overviewMs: number | null,
): Wish[] {
  if (overviewMs === null || overviewMs > CHEAP_MS) return [];
  const top = { level: topLevel(tokens), y: 0, x: 0 };
  return neighbours(info, place).map((next) => ({ place: next, tokens, tiles: [], later: [top] }));
}
