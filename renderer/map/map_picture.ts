// The picture of the head in focus: which tiles it wants, which mask is drawn over it, and on which scale.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { configStore, shownPattern } from '../state/config_document.ts';
import { ghostStore } from '../state/ghost.ts';
import type { KnownRun } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { viewport } from '../state/viewports.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';
import { attentionMap } from '../ui/colour_maps.ts';
import { themeStore } from '../ui/theme.ts';
import { ColourScale } from './colour_scale.ts';
import { mapCounters } from './frame_scheduler.ts';
import { LostPicture } from './lost_picture.ts';
import type { MapRenderer, Scene } from './map_renderer.ts';
import { buildScene, showsLost } from './map_scene.ts';
import { noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import { MaskRanks } from './mask_ranks.ts';
import { type MaskRule, maskRule } from './mask_rule.ts';
import { MissedScale } from './missed_scale.ts';
import { wishesAhead } from './neighbours.ts';
import { notePicture } from './picture_notes.ts';

/** A head that needs longer than this shows what is missing. */
const PATIENCE_MS = 400;

export interface DrawnPicture {
  /** Tiles are left to be uploaded: draw again. */
  again: boolean;
  /** Every tile on screen is its own. */
  whole: boolean;
}

export class MapPicture {
  readonly viewId: string;
  readonly #redraw: () => void;
  readonly #scale = new ColourScale();
  readonly #missedScale = new MissedScale();
  readonly #ranks: MaskRanks;
  readonly #lost: LostPicture;
  #rule: MaskRule = { kind: 'unknown' };
  #pattern: Pattern | null = null;
  /** The pattern of the last picture drawn. */
  #maskOf: Pattern | null = null;
  #head = { key: '', since: 0 };
  #headTimer: ReturnType<typeof setTimeout> | undefined;

  /** `redraw`: something the picture waited for has come to pass. `ranksCame`: the mask is known. */
  constructor(viewId: string, redraw: () => void, ranksCame: () => void) {
    this.viewId = viewId;
    this.#redraw = redraw;
    this.#ranks = new MaskRanks(ranksCame);
    this.#lost = new LostPicture(redraw);
  }

  /** What the mask drawn last keeps. */
  get rule(): MaskRule {
    return this.#rule;
  }
  /** The one whose mask was drawn last. */
  get pattern(): Pattern | null {
    return this.#pattern;
  }

  stop(): void {
    clearTimeout(this.#headTimer);
    this.#lost.stop();
    this.#ranks.stop();
    mapTiles().want(this.viewId, []);
  }

  /** `width`: device pixels along its side; `scale`: of these, how many are drawn. `all`: whatever it takes, in this one frame. */
  draw(run: KnownRun, place: TilePlace, renderer: MapRenderer | null, width: number, { scale = 1, all = false } = {}): DrawnPicture {
    const store = mapTiles();
    const { maskMode, aggregate, colourMap } = preferencesStore.getState();
    const tokens = run.info.rows;
    const view = viewport(this.viewId);
    // A candidate under the pointer shows its mask in place of the head's own.
    const { ghost } = ghostStore.getState();
    const previewed = ghost?.layer === place.layer && ghost.head === place.head ? ghost.pattern : null;
    const pattern = previewed ?? shownPattern(configStore.getState(), place);
    this.#pattern = pattern;
    const answer = maskMode === 'off' ? null : this.#ranks.of(place, pattern);
    this.#rule = maskMode === 'off' ? { kind: 'unknown' } : maskRule(pattern, answer?.ranks ?? null, tokens);
    const lostPlace = this.#rule.kind === 'unknown' || this.#rule.kind === 'all' || !pattern ? null : { ...place, droppedBy: pattern };
    const countLost = this.#lost.settled(lostPlace);
    const request = { place, lostPlace, lostBefore: this.#lost.before(place), countLost, tokens, view, width, mode: maskMode };
    const built = buildScene(request, store);
    if (showsLost(maskMode) && lostPlace && !built.lostEstimated && !built.lostStale) this.#lost.shown(lostPlace);
    // A run that the engine lost is drawn from what was fetched; asking for more would only fail.
    const ahead = wishesAhead(run.info, place, tokens, store.overviewMs);
    store.want(this.viewId, run.live ? [...built.wishes, ...ahead] : []);
    const cellTokens = 2 ** built.level;
    const limits = this.#scale.limits(place, tokens, cellTokens);
    const drawn = Math.round(width * scale);
    const missed = this.#missedScale.limits(place, lostPlace, tokens, cellTokens);
    const scene: Scene = {
      width: drawn,
      height: drawn,
      view,
      tokens,
      pieces: built.pieces,
      aggregate,
      limits,
      lostLimits: missed.limits,
      mode: maskMode,
      rule: this.#rule,
      theme: themeStore.getState().theme,
      pixelRatio: window.devicePixelRatio * scale,
      ramp: attentionMap(colourMap),
      dashed: previewed !== null,
      cellTokens,
    };
    const waiting = built.sharp + built.coarse === 0 && this.#stillShowsLast(place);
    const again = renderer !== null && !waiting && !renderer.draw(scene, { all });
    notePicture(built, scene, answer);
    if (!waiting) this.#noteDrawn(placeKey(place), built.sharp > 0);
    noteStatus({ lostLimitsCounted: missed.counted });
    const counters = mapCounters();
    counters.tilesUploaded = renderer?.uploads ?? 0;
    counters.textureBytes = renderer?.textureBytes ?? 0;
    return { again, whole: built.empty === 0 && built.coarse === 0 };
  }

  #noteDrawn(head: string, sharp: boolean): void {
    const counters = mapCounters();
    const now = performance.now();
    if (counters.shownHead !== head) Object.assign(counters, { shownHead: head, shownAt: now, sharpAt: null });
    if (sharp) counters.sharpAt ??= now;
    if (this.#maskOf !== this.#pattern) counters.maskAt = now;
    this.#maskOf = this.#pattern;
  }

  /** For a moment after a change of head the last picture stays: most heads are there before it is over. */
  #stillShowsLast(place: TilePlace): boolean {
    const key = placeKey(place);
    if (key !== this.#head.key) {
      this.#head = { key, since: performance.now() };
      clearTimeout(this.#headTimer);
      this.#headTimer = setTimeout(this.#redraw, PATIENCE_MS + 10);
    }
    return performance.now() - this.#head.since < PATIENCE_MS;
  }
}
