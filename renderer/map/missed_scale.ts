// The scale of missed mass: from the percentiles of what the pattern drops over the whole head, or as the user set it. Until that is
// counted the scale of the head's last pattern stays, so that a dragged budget changes the picture and not its colours.
import { preferencesStore } from '../state/preferences.ts';
import { topLevel } from '../tiles/pyramid.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import type { Octaves } from './map_renderer.ts';
import { mapTiles } from './map_tiles.ts';
import { aboveRounding, limitsAt, topLimits, WIDEST_MISSED } from './scale_limits.ts';

export class MissedScale {
  /** At the top of the pyramid. */
  #last: { head: string; limits: Octaves } | null = null;

  /** `lostPlace` null: nothing is dropped. `counted`: the limits are those of this very pattern, or the user's. */
  limits(place: TilePlace, lostPlace: TilePlace | null, tokens: number, cellTokens: number): { limits: Octaves; counted: boolean } {
    const set = preferencesStore.getState().scaleLimits.missed;
    if (set) return { limits: set, counted: true };
    const level = topLevel(tokens);
    const top = { level, y: 0, x: 0 };
    const head = `${place.runId} ${place.layer} ${place.head}`;
    const lost = lostPlace && mapTiles().tile(lostPlace, top);
    if (lost) this.#last = { head, limits: topLimits(lost, 'sum', WIDEST_MISSED) };
    else if (this.#last?.head !== head) {
      // Nothing can be lost that is not there.
      const all = mapTiles().tile(place, top);
      if (all) this.#last = { head, limits: topLimits(all, 'sum', WIDEST_MISSED) };
    }
    const limits = this.#last ? limitsAt(this.#last.limits, 'sum', 2 ** level, cellTokens) : { low: -WIDEST_MISSED, high: 0 };
    return { limits: aboveRounding(limits), counted: lost !== null && lost !== undefined };
  }
}
