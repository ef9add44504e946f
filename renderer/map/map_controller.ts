// Draws the map of the head in focus into its canvases whenever something it shows has changed. It reads the stores and writes the
// read-out; React renders what is around it and never takes part in a frame.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { ghostStore } from '../state/ghost.ts';
import { currentRun, type KnownRun, libraryStore } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { readoutStore } from '../state/readout.ts';
import { surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { viewport, viewportsStore } from '../state/viewports.ts';
import { codeAt, codeOctaves } from '../tiles/tile.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';
import { promptTokens, tokenOrigin } from '../tokens/prompt_tokens.ts';
import { themeStore } from '../ui/theme.ts';
import { ColourScale } from './colour_scale.ts';
import { ColumnMass } from './column_mass.ts';
import { ExactValue } from './exact_value.ts';
import { FrameScheduler, framesPerSecond, mapCounters } from './frame_scheduler.ts';
import { LostPicture } from './lost_picture.ts';
import { type MapInk, readInk } from './map_ink.ts';
import { type MapLayout, mapLayout } from './map_layout.ts';
import { MapRenderer, type Scene } from './map_renderer.ts';
import { buildScene, showsLost } from './map_scene.ts';
import { mapStatusStore, noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import { MaskRanks } from './mask_ranks.ts';
import { keptBy, type MaskRule, maskRule } from './mask_rule.ts';
import { Minimap } from './minimap.ts';
import { drawAxes, drawCrosshair, drawDiagonal, type OverlayScene } from './overlay.ts';
import { notePicture } from './picture_notes.ts';
import { rowBands } from './row_bands.ts';
import { lostLimitsOf } from './scale_limits.ts';
import { drawMassTrack, drawMissedTrack, drawTrackNames } from './tracks.ts';

export interface MapCanvases {
  /** The element whose size is the map's. */
  zone: HTMLElement;
  picture: HTMLCanvasElement;
  overlay: HTMLCanvasElement;
  cursor: HTMLCanvasElement;
}

type Part = 'picture' | 'overlay' | 'cursor' | 'minimap';
const ALL: readonly Part[] = ['picture', 'overlay', 'cursor', 'minimap'];

/** A head that needs longer than this shows what is missing. */
const PATIENCE_MS = 400;

export class MapController {
  readonly #canvases: MapCanvases;
  readonly viewId: string;
  readonly #scheduler: FrameScheduler<Part>;
  readonly #stops: (() => void)[] = [];
  readonly #ranks = new MaskRanks(() => this.#mark('picture', 'overlay', 'cursor'));
  readonly #mass = new ColumnMass(() => this.#mark('overlay'));
  readonly #exact = new ExactValue(() => this.#mark('cursor'));
  #renderer: MapRenderer | null = null;
  #layout: MapLayout = mapLayout(0, 0);
  #ink: MapInk | null = null;
  #rule: MaskRule = { kind: 'unknown' };
  /** The one whose mask is drawn. */
  #pattern: Pattern | null = null;
  readonly #scale = new ColourScale();
  readonly #minimap = new Minimap();
  readonly #lost = new LostPicture(() => this.#mark('picture'));
  #head = { key: '', since: 0 };
  #headTimer: ReturnType<typeof setTimeout> | undefined;
  #cursorDrawn = false;
  #speedTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(canvases: MapCanvases, viewId: string) {
    this.#canvases = canvases;
    this.viewId = viewId;
    this.#scheduler = new FrameScheduler((parts) => this.#frame(parts));
    this.#openGraphics();
    const watch = <S>(
      store: { subscribe(listener: (state: S, before: S) => void): () => void },
      changed: (state: S, before: S) => void,
    ) => {
      this.#stops.push(store.subscribe(changed));
    };
    watch(focusStore, (now, before) => {
      const moved = now.runId !== before.runId || now.layer !== before.layer || now.head !== before.head;
      if (moved) this.#mark(...ALL);
      else if (now.hover !== before.hover || now.frozen !== before.frozen) this.#mark('cursor');
    });
    watch(viewportsStore, () => this.#mark(...ALL));
    watch(preferencesStore, () => this.#mark(...ALL));
    watch(configStore, () => this.#mark('picture', 'overlay', 'cursor'));
    watch(ghostStore, () => this.#mark('picture', 'overlay', 'cursor'));
    watch(surfacesStore, () => this.#mark('picture', 'overlay'));
    watch(libraryStore, () => this.#mark(...ALL));
    this.#stops.push(mapTiles().subscribe(() => this.#mark('picture', 'minimap', 'cursor')));
    this.#stops.push(promptTokens().subscribe(() => this.#mark('overlay', 'cursor')));
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(canvases.zone);
    this.#stops.push(() => sizes.disconnect());
    watch(themeStore, () => this.redraw());
    this.#watchPixelRatio();
    this.#resize();
  }

  get layout(): MapLayout {
    return this.#layout;
  }
  get rule(): MaskRule {
    return this.#rule;
  }

  /** The canvas of the overview, which lies in the side column or above the diagonal. */
  setMinimap(canvas: HTMLCanvasElement | null): void {
    this.#minimap.canvas = canvas;
    this.#mark('minimap');
  }

  /** Everything anew: the theme or the layout has changed. */
  redraw(): void {
    this.#ink = null;
    this.#mark(...ALL);
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    clearTimeout(this.#speedTimer);
    clearTimeout(this.#headTimer);
    this.#lost.stop();
    this.#scheduler.stop();
    this.#exact.stop();
    this.#mass.stop();
    this.#ranks.stop();
    mapTiles().want(this.viewId, []);
    readoutStore.setState({ cell: null, footprint: null, scale: null, tiles: null, framesPerSecond: null });
  }

  /** The picture as shown, with axes and tracks, in device pixels. `toBlob` of the result is a PNG. */
  composed(): HTMLCanvasElement {
    const { zone, picture, overlay, cursor } = this.#canvases;
    const { x, y, side } = this.#layout;
    const ratio = window.devicePixelRatio;
    const out = document.createElement('canvas');
    out.width = Math.round((x + side + 12) * ratio);
    out.height = Math.round((y + side + 12) * ratio);
    const g = out.getContext('2d');
    if (!g) throw new Error('This browser gave no canvas to compose the picture on.');
    g.fillStyle = readInk(zone).surface;
    g.fillRect(0, 0, out.width, out.height);
    // Read in the same task as it is drawn: the browser clears a WebGL canvas once it has been shown.
    this.#drawPicture(true);
    g.drawImage(picture, Math.round(x * ratio), Math.round(y * ratio));
    g.drawImage(overlay, 0, 0);
    g.drawImage(cursor, 0, 0);
    return out;
  }

  #mark(...parts: Part[]): void {
    this.#scheduler.mark(...parts);
  }

  #openGraphics(): void {
    const { picture } = this.#canvases;
    const lost = (event: Event) => {
      event.preventDefault();
      noteStatus({ graphicsError: 'The graphics context was lost. The picture returns when the browser gives it back.' });
    };
    const restored = () => {
      try {
        this.#renderer?.restore();
        noteStatus({ graphicsError: null });
      } catch (thrown) {
        noteStatus({ graphicsError: thrown instanceof Error ? thrown.message : String(thrown) });
      }
      this.#mark(...ALL);
    };
    picture.addEventListener('webglcontextlost', lost);
    picture.addEventListener('webglcontextrestored', restored);
    this.#stops.push(() => {
      picture.removeEventListener('webglcontextlost', lost);
      picture.removeEventListener('webglcontextrestored', restored);
    });
    try {
      this.#renderer = new MapRenderer(picture);
      noteStatus({ graphicsError: null });
    } catch (thrown) {
      noteStatus({ graphicsError: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }

  #watchPixelRatio(): void {
    const query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    const changed = () => {
      this.#resize();
      this.#watchPixelRatio();
    };
    query.addEventListener('change', changed, { once: true });
    this.#stops.push(() => query.removeEventListener('change', changed));
  }

  #resize(): void {
    const { zone, overlay, cursor, picture } = this.#canvases;
    this.#layout = mapLayout(zone.clientWidth, zone.clientHeight);
    const ratio = window.devicePixelRatio;
    for (const canvas of [overlay, cursor]) {
      canvas.width = Math.round(zone.clientWidth * ratio);
      canvas.height = Math.round(zone.clientHeight * ratio);
    }
    const { x, y, side } = this.#layout;
    Object.assign(picture.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    zone.dispatchEvent(new CustomEvent('maplayout'));
    this.#mark(...ALL);
  }

  #place(run: KnownRun): TilePlace {
    const { layer, head } = focusStore.getState();
    return { runId: run.info.runId, layer, head };
  }

  #overlayScene(run: KnownRun): OverlayScene {
    this.#ink ??= readInk(this.#canvases.zone);
    return { layout: this.#layout, view: viewport(this.viewId), tokens: run.info.rows, ink: this.#ink };
  }

  #frame(parts: ReadonlySet<Part>): void {
    const run = currentRun();
    if (!run) {
      mapTiles().want(this.viewId, []);
      return;
    }
    if (parts.has('picture')) this.#drawPicture(false);
    if (parts.has('overlay')) this.#drawOverlay(run);
    if (parts.has('cursor')) this.#drawCursor(run);
    if (parts.has('minimap')) this.#drawMinimap(run);
    this.#noteSpeed();
  }

  #drawPicture(all: boolean): void {
    const run = currentRun();
    const renderer = this.#renderer;
    if (!run) return;
    const store = mapTiles();
    const { maskMode, aggregate } = preferencesStore.getState();
    const place = this.#place(run);
    const tokens = run.info.rows;
    const view = viewport(this.viewId);
    const width = Math.round(this.#layout.side * window.devicePixelRatio);
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
    store.want(this.viewId, run.live ? built.wishes : []);
    const cellTokens = 2 ** built.level;
    const limits = this.#scale.limits(place, tokens, cellTokens);
    const scene: Scene = {
      width,
      height: width,
      view,
      tokens,
      pieces: built.pieces,
      aggregate,
      limits,
      lostLimits: lostLimitsOf(limits),
      mode: maskMode,
      rule: this.#rule,
      theme: themeStore.getState().theme,
      cellTokens,
    };
    const waiting = built.sharp + built.coarse === 0 && this.#stillShowsLast(place);
    if (renderer && !waiting && !renderer.draw(scene, { all })) this.#mark('picture');
    if (built.empty === 0 && built.coarse === 0) this.#mass.want(place);
    notePicture(built, scene, answer);
    const counters = mapCounters();
    counters.tilesUploaded = renderer?.uploads ?? 0;
    counters.textureBytes = renderer?.textureBytes ?? 0;
  }

  /** For a moment after a change of head the last picture stays: most heads are there before it is over. */
  #stillShowsLast(place: TilePlace): boolean {
    const key = placeKey(place);
    if (key !== this.#head.key) {
      this.#head = { key, since: performance.now() };
      clearTimeout(this.#headTimer);
      this.#headTimer = setTimeout(() => this.#mark('picture'), PATIENCE_MS + 10);
    }
    return performance.now() - this.#head.since < PATIENCE_MS;
  }

  #clear(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    const g = canvas.getContext('2d');
    if (!g) return null;
    const ratio = window.devicePixelRatio;
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, canvas.width / ratio, canvas.height / ratio);
    return g;
  }

  #drawOverlay(run: KnownRun): void {
    const g = this.#clear(this.#canvases.overlay);
    if (!g) return;
    const scene = this.#overlayScene(run);
    const place = this.#place(run);
    const bands = this.#pattern ? rowBands(surfaceOf, surfacesStore.getState(), place, this.#pattern) : [];
    drawMassTrack(g, scene, this.#mass.known(place), this.#rule, preferencesStore.getState().maskMode !== 'off');
    drawMissedTrack(g, scene, bands);
    drawTrackNames(g, scene, bands.length > 0);
    const origin = tokenOrigin(run);
    drawAxes(g, scene, (token) => promptTokens().at(origin, token));
    drawDiagonal(g, scene);
  }

  #drawCursor(run: KnownRun): void {
    const { hover } = focusStore.getState();
    const tokens = run.info.rows;
    // A canvas that is empty and stays so need not be shown anew.
    if (!hover && !this.#cursorDrawn) return;
    const g = this.#clear(this.#canvases.cursor);
    this.#cursorDrawn = hover !== null;
    if (!hover || hover.q >= tokens || hover.k >= tokens) {
      this.#exact.stop();
      if (readoutStore.getState().cell) readoutStore.setState({ cell: null });
      return;
    }
    const { q, k } = hover;
    if (g) drawCrosshair(g, this.#overlayScene(run), hover, preferencesStore.getState().maskMode === 'split');
    const place = this.#place(run);
    const origin = tokenOrigin(run);
    const exact = k <= q && run.live ? this.#exact.at(place, q, k) : undefined;
    readoutStore.setState({
      cell: {
        q,
        k,
        value: k > q ? null : (exact ?? this.#drawnValue(place, tokens, q, k)),
        exact: exact !== undefined,
        keptBy: k > q ? undefined : keptBy(this.#rule, this.#pattern, q, k),
        queryToken: promptTokens().at(origin, q),
        keyToken: promptTokens().at(origin, k),
      },
    });
  }

  /** Of the cell on screen that holds the pair. */
  #drawnValue(place: TilePlace, tokens: number, q: number, k: number): number | null {
    const { aggregate } = preferencesStore.getState();
    const level = Math.round(Math.log2(mapStatusStore.getState().cellTokens));
    const span = 256 * 2 ** level;
    const found = mapTiles().nearest(place, { level, y: Math.floor(q / span), x: Math.floor(k / span) }, tokens);
    if (!found) return null;
    const octaves = codeOctaves(codeAt(found.tile, q, k, aggregate), found.tile.scale[aggregate]);
    return 2 ** octaves;
  }

  #drawMinimap(run: KnownRun): void {
    this.#ink ??= readInk(this.#canvases.zone);
    this.#minimap.draw(this.#place(run), run.info.rows, viewport(this.viewId), this.#ink);
  }

  #noteSpeed(): void {
    const speed = framesPerSecond(mapCounters(), performance.now());
    if (speed !== null) readoutStore.setState({ framesPerSecond: Math.round(speed) });
    clearTimeout(this.#speedTimer);
    this.#speedTimer = setTimeout(() => {
      if (readoutStore.getState().framesPerSecond !== null) readoutStore.setState({ framesPerSecond: null });
    }, 600);
  }
}
