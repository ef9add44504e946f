// The attention scale on screen: from the head's own percentiles, or as the user set it; a head that is still unknown keeps the last.
import { preferencesStore } from '../state/preferences.ts';
import { topLevel } from '../tiles/pyramid.ts';
import type { Aggregate, Tile } from '../tiles/tile.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import type { Octaves } from './map_renderer.ts';
import { noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import { codeHistogram, limitsAt, topLimits } from './scale_limits.ts';

export class ColourScale {
  #last: Octaves = { low: -12, high: 0 };
  #top: { tile: Tile; aggregate: Aggregate; limits: Octaves } | null = null;

  limits(place: TilePlace, tokens: number, cellTokens: number): Octaves {
    const { aggregate, scaleLimits } = preferencesStore.getState();
    const set = scaleLimits[aggregate];
    const level = topLevel(tokens);
    const tile = mapTiles().tile(place, { level, y: 0, x: 0 });
    if (tile && (this.#top?.tile !== tile || this.#top.aggregate !== aggregate)) {
      this.#top = { tile, aggregate, limits: topLimits(tile, aggregate) };
      noteStatus({ histogram: codeHistogram(tile, aggregate) });
    }
    if (set) this.#last = set;
    else if (tile && this.#top) this.#last = limitsAt(this.#top.limits, aggregate, 2 ** level, cellTokens);
    return this.#last;
  }
}
