// Draws the map of the head in focus into its canvases whenever something it shows has changed. It reads the stores and writes the
// read-out; React renders what is around it and never takes part in a frame.
import { configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { ghostStore } from '../state/ghost.ts';
import { currentRun, type KnownRun, libraryStore } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { readoutStore } from '../state/readout.ts';
import { searchesStore } from '../state/searches.ts';
import { surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { viewport, viewportsStore } from '../state/viewports.ts';
import type { TilePlace } from '../tiles/tile_source.ts';
import { promptTokens, tokenOrigin } from '../tokens/prompt_tokens.ts';
import { themeStore } from '../ui/theme.ts';
import { ColumnMass } from './column_mass.ts';
import { CursorCell } from './cursor_cell.ts';
import { FrameScheduler } from './frame_scheduler.ts';
import { FrameSpeed } from './frame_speed.ts';
import { CanvasLayout, cleared, type MapCanvases } from './map_canvases.ts';
import { leaveGraphics, type MapGraphics, takeGraphics } from './map_graphics.ts';
import { type MapInk, readInk } from './map_ink.ts';
import type { MapLayout } from './map_layout.ts';
import { MapPicture } from './map_picture.ts';
import { noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import type { MaskRule } from './mask_rule.ts';
import { Minimap } from './minimap.ts';
import { missedColumns, missedRows } from './missed_mass.ts';
import { drawMissedAxis, drawMissedTrack, missedEnd } from './missed_track.ts';
import { drawAxes, type OverlayScene } from './overlay.ts';
import { forgetPicture } from './picture_notes.ts';
import { PictureScale } from './picture_scale.ts';
import { rowBands } from './row_bands.ts';
import { drawMassName, drawMassTrack } from './tracks.ts';

type Part = 'picture' | 'overlay' | 'cursor' | 'minimap';
const ALL: readonly Part[] = ['picture', 'overlay', 'cursor', 'minimap'];

export class MapController {
  readonly #canvases: MapCanvases;
  readonly viewId: string;
  readonly #scheduler = new FrameScheduler<Part>((parts) => this.#frame(parts));
  readonly #stops: (() => void)[] = [];
  readonly #layout: CanvasLayout;
  readonly #graphics: MapGraphics;
  readonly #picture: MapPicture;
  readonly #cursor: CursorCell;
  readonly #mass = new ColumnMass(() => this.#mark('overlay'));
  readonly #rows = missedRows(() => this.#mark('overlay'));
  readonly #columns = missedColumns(() => this.#mark('overlay'));
  readonly #minimap = new Minimap();
  readonly #speed = new FrameSpeed();
  readonly #scale = new PictureScale(() => this.#mark(...ALL));
  /** The view has moved since the last frame. */
  #moved = false;
  #ink: MapInk | null = null;

  /** `slot`: where the picture's canvas goes. */
  constructor(canvases: Omit<MapCanvases, 'picture'> & { slot: HTMLElement }, viewId: string) {
    this.viewId = viewId;
    const all = () => this.#mark(...ALL);
    this.#graphics = takeGraphics(all);
    this.#canvases = { ...canvases, picture: this.#graphics.canvas };
    canvases.slot.append(this.#graphics.canvas);
    const masked = () => this.#mark('picture', 'overlay', 'cursor');
    this.#picture = new MapPicture(viewId, () => this.#mark('picture'), masked);
    this.#cursor = new CursorCell(canvases.cursor, () => this.#mark('cursor'));
    const watch = <S>(
      store: { subscribe(listener: (state: S, before: S) => void): () => void },
      changed: (state: S, before: S) => void,
    ) => {
      this.#stops.push(store.subscribe(changed));
    };
    watch(focusStore, (now, before) => {
      const moved = now.runId !== before.runId || now.layer !== before.layer || now.head !== before.head;
      if (moved) all();
      else if (now.hover !== before.hover || now.frozen !== before.frozen) this.#mark('cursor');
    });
    watch(viewportsStore, () => {
      this.#moved = true;
      all();
    });
    watch(preferencesStore, all);
    watch(configStore, masked);
    watch(ghostStore, masked);
    watch(searchesStore, () => this.#mark('overlay'));
    watch(surfacesStore, () => this.#mark('picture', 'overlay'));
    watch(libraryStore, all);
    this.#stops.push(mapTiles().subscribe(() => this.#mark('picture', 'minimap', 'cursor')));
    this.#stops.push(promptTokens().subscribe(() => this.#mark('overlay', 'cursor')));
    watch(themeStore, () => this.redraw());
    this.#layout = new CanvasLayout(this.#canvases, all);
  }

  /** The picture's own. */
  get canvas(): HTMLCanvasElement {
    return this.#graphics.canvas;
  }
  get layout(): MapLayout {
    return this.#layout.layout;
  }
  get rule(): MaskRule {
    return this.#picture.rule;
  }

  /** The canvas of the overview, which lies in the side column or above the diagonal, and the frame over it. */
  setMinimap(canvas: HTMLCanvasElement | null, frame: HTMLElement | null): void {
    this.#minimap.show(canvas, frame);
    this.#mark('minimap');
  }

  /** Everything anew: the theme or the layout has changed. */
  redraw(): void {
    this.#ink = null;
    this.#mark(...ALL);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#scheduler.stop();
    for (const part of [this.#layout, this.#picture, this.#cursor, this.#mass, this.#rows, this.#columns, this.#scale, this.#speed])
      part.stop();
    leaveGraphics(this.#graphics);
    forgetPicture();
    readoutStore.setState({ cell: null, footprint: null, scale: null, tiles: null, framesPerSecond: null });
  }

  /** The picture as shown, with axes and tracks, in device pixels. `toBlob` of the result is a PNG. */
  composed(): HTMLCanvasElement {
    const { zone, picture, top, left, cursor } = this.#canvases;
    const { x, y, side } = this.layout;
    this.#ink = null;
    const ratio = window.devicePixelRatio;
    const out = document.createElement('canvas');
    out.width = Math.round((x + side + 12) * ratio);
    out.height = Math.round((y + side + 12) * ratio);
    const g = out.getContext('2d');
    if (!g) throw new Error('This browser gave no canvas to compose the picture on.');
    g.fillStyle = readInk(zone).surface;
    g.fillRect(0, 0, out.width, out.height);
    // Read in the same task as it is drawn: the browser clears a WebGL canvas once it has been shown.
    const run = currentRun();
    if (run) {
      this.#drawPicture(run, true);
      this.#drawOverlay(run);
      this.#cursor.draw(run, this.#place(run), this.#overlayScene(run), this.#picture);
    }
    g.drawImage(picture, Math.round(x * ratio), Math.round(y * ratio));
    g.strokeStyle = readInk(zone).line2;
    g.lineWidth = ratio;
    g.strokeRect((x - 0.5) * ratio, (y - 0.5) * ratio, (side + 1) * ratio, (side + 1) * ratio);
    for (const canvas of [top, left]) g.drawImage(canvas, Math.round(canvas.offsetLeft * ratio), Math.round(canvas.offsetTop * ratio));
    // Hidden while nothing is under the cursor.
    if (!cursor.hidden) g.drawImage(cursor, 0, 0);
    return out;
  }

  #mark(...parts: Part[]): void {
    this.#scheduler.mark(...parts);
  }

  #place(run: KnownRun): TilePlace {
    const { layer, head } = focusStore.getState();
    return { runId: run.info.runId, layer, head };
  }

  #overlayScene(run: KnownRun): OverlayScene {
    this.#ink ??= readInk(this.#canvases.zone);
    return { layout: this.layout, view: viewport(this.viewId), tokens: run.info.rows, ink: this.#ink };
  }

  #frame(parts: ReadonlySet<Part>): void {
    const run = currentRun();
    if (!run) {
      mapTiles().want(this.viewId, []);
      return;
    }
    if (this.#moved) this.#scale.moved(performance.now());
    this.#moved = false;
    if (parts.has('picture')) this.#drawPicture(run, false);
    if (parts.has('overlay')) this.#drawOverlay(run);
    if (parts.has('cursor')) this.#cursor.draw(run, this.#place(run), this.#overlayScene(run), this.#picture, this.#scale.scale < 1);
    if (parts.has('minimap')) {
      this.#minimap.draw(this.#place(run), run.info.rows, viewport(this.viewId));
    }
    this.#speed.note();
  }

  #drawPicture(run: KnownRun, all: boolean): void {
    const place = this.#place(run);
    const width = Math.round(this.layout.side * window.devicePixelRatio);
    const { scale } = this.#scale;
    const { again, whole } = this.#picture.draw(run, place, this.#graphics.renderer, width, all ? { all } : { scale });
    if (again) this.#mark('picture');
    if (!whole) return;
    this.#mass.want(place);
    const { pattern } = this.#picture;
    if (!pattern || !run.live) return;
    this.#rows.want(place, pattern);
    this.#columns.want(place, pattern);
  }

  #drawOverlay(run: KnownRun): void {
    const scene = this.#overlayScene(run);
    const place = this.#place(run);
    const { rule, pattern } = this.#picture;
    const bands = pattern ? rowBands(surfaceOf, surfacesStore.getState(), place, pattern) : [];
    const ground = searchesStore.getState().ground[place.runId];
    const missed = { rows: pattern && this.#rows.known(place, pattern), bands, scoredFrom: ground?.scoredFrom ?? null };
    noteStatus({ missedRows: missed.rows });
    const end = missedEnd(missed);
    const origin = tokenOrigin(run);
    const { top, left } = this.#canvases;
    for (const canvas of [top, left]) {
      const g = cleared(canvas, scene.ink.surface);
      if (!g) continue;
      if (canvas === top)
        drawMassTrack(g, scene, {
          mass: this.#mass.known(place),
          missed: pattern && this.#columns.known(place, pattern),
          kept: rule.kind === 'diagonals' ? this.#graphics.kept.of(rule, scene.tokens) : null,
        });
      else drawMissedTrack(g, scene, missed, end);
      // Text at the corner lies on both: each shows its part.
      drawMassName(g, scene);
      drawMissedAxis(g, scene, missed, end);
      drawAxes(g, scene, (token) => promptTokens().at(origin, token));
    }
  }
}
