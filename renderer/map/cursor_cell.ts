// The cell under the cursor: its crosshair, and what the status bar says about it.
import { focusStore } from '../state/focus.ts';
import type { KnownRun } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { type CellReadout, readoutStore } from '../state/readout.ts';
import { codeAt, codeOctaves } from '../tiles/tile.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import { promptTokens, tokenOrigin } from '../tokens/prompt_tokens.ts';
import { ExactValue } from './exact_value.ts';
import { cleared } from './map_canvases.ts';
import type { MapPicture } from './map_picture.ts';
import { alike, mapStatusStore } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import { missedBecause } from './mask_reason.ts';
import { keptBy } from './mask_rule.ts';
import { drawCrosshair, type OverlayScene } from './overlay.ts';

export class CursorCell {
  readonly #canvas: HTMLCanvasElement;
  readonly #exact: ExactValue;
  #drawn = false;

  /** `arrived`: the exact value has come, draw. */
  constructor(canvas: HTMLCanvasElement, arrived: () => void) {
    this.#canvas = canvas;
    this.#exact = new ExactValue(arrived);
  }

  stop(): void {
    this.#exact.stop();
  }

  /** `hurried`: frames come late; the crosshair follows once they need not. */
  draw(run: KnownRun, place: TilePlace, scene: OverlayScene, { rule, pattern }: MapPicture, hurried = false): void {
    const { hover } = focusStore.getState();
    const tokens = run.info.rows;
    // An empty canvas over the picture would still be blended with it.
    const hidden = hover === null || hurried;
    if (this.#canvas.hidden !== hidden) this.#canvas.hidden = hidden;
    if (hurried) return;
    if (!hover && !this.#drawn) return;
    const g = cleared(this.#canvas);
    this.#drawn = hover !== null;
    if (!hover || hover.q >= tokens || hover.k >= tokens) {
      this.#exact.stop();
      if (readoutStore.getState().cell) readoutStore.setState({ cell: null });
      return;
    }
    const { q, k } = hover;
    if (g) drawCrosshair(g, scene, hover, preferencesStore.getState().maskMode === 'split');
    const origin = tokenOrigin(run);
    const exact = k <= q && run.live ? this.#exact.at(place, q, k) : undefined;
    const cell: CellReadout = {
      q,
      k,
      value: k > q ? null : (exact ?? drawnValue(place, tokens, q, k)),
      exact: exact !== undefined,
      keptBy: k > q ? undefined : keptBy(rule, pattern, q, k),
      because: missedBecause(rule, pattern, q, k),
      queryToken: promptTokens().at(origin, q),
      keyToken: promptTokens().at(origin, k),
    };
    // Drawn again with every frame of a pan: what says the same need not be rendered again.
    if (!alike(readoutStore.getState().cell, cell)) readoutStore.setState({ cell });
  }
}

/** Of the cell on screen that holds the pair. */
function drawnValue(place: TilePlace, tokens: number, q: number, k: number): number | null {
  const { aggregate } = preferencesStore.getState();
  const level = Math.round(Math.log2(mapStatusStore.getState().cellTokens));
  const span = 256 * 2 ** level;
  const found = mapTiles().nearest(place, { level, y: Math.floor(q / span), x: Math.floor(k / span) }, tokens);
  if (!found) return null;
  const octaves = codeOctaves(codeAt(found.tile, q, k, aggregate), found.tile.scale[aggregate]);
  return 2 ** octaves;
}
