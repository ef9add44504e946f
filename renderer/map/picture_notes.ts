// What a drawn picture was: for the status bar, the parts around the map, and the benchmarks' counters.
import { type ReadoutState, readoutStore } from '../state/readout.ts';
import { mapCounters } from './frame_scheduler.ts';
import type { Scene } from './map_renderer.ts';
import type { BuiltScene } from './map_scene.ts';
import { alike, noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';

/** `ranks`: how the question for the mask's ranks stands; null: no mask is shown. */
export function notePicture(built: BuiltScene, scene: Scene, ranks: { error: string | null; pending: boolean } | null): void {
  const { ready, wanted, error } = mapTiles().state();
  const pixelTokens = ((scene.view.k1 - scene.view.k0) / Math.max(1, scene.width)) * (scene.pixelRatio / window.devicePixelRatio);
  const mask = scene.mode === 'off' ? 'none' : ranks?.error ? 'failed' : scene.rule.kind === 'unknown' ? 'pending' : 'shown';
  noteStatus({
    cellTokens: scene.cellTokens,
    limits: scene.limits,
    lostLimits: scene.lostLimits,
    sharp: built.sharp,
    coarse: built.coarse,
    empty: built.empty,
    lostEstimated: built.lostEstimated && mask === 'shown',
    lostStale: built.lostStale,
    mask,
    maskError: ranks?.error ?? null,
    tileError: error,
  });
  // Closer than a pixel a token a pixel stands for a part of one; a coarser tile that stands in still says what its cells hold.
  const footprint = scene.cellTokens > 1 ? Math.max(pixelTokens, scene.cellTokens) : pixelTokens;
  sayReadout({
    footprint: { rows: footprint, columns: footprint },
    aggregate: scene.aggregate,
    scale: scene.limits,
    tiles: { ready, wanted },
  });
  const counters = mapCounters();
  counters.tilesReady = ready;
  counters.tilesWanted = wanted;
  counters.tileBytes = mapTiles().bytes;
}

type PictureReadout = Pick<ReadoutState, 'footprint' | 'aggregate' | 'scale' | 'tiles'>;

/** A number that changes with every frame of a zoom cannot be read, and the line that shows it has to be painted. */
const SAY_MS = 120;
let said: PictureReadout | null = null;
let latest: PictureReadout | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

export function sayReadout(now: PictureReadout): void {
  latest = now;
  if (timer !== undefined || same(said, now)) return;
  said = now;
  readoutStore.setState(now);
  timer = setTimeout(() => {
    timer = undefined;
    if (latest) sayReadout(latest);
  }, SAY_MS);
}

const same = (a: PictureReadout | null, b: PictureReadout): boolean =>
  a !== null && a.aggregate === b.aggregate && alike(a.footprint, b.footprint) && alike(a.scale, b.scale) && alike(a.tiles, b.tiles);

/** The picture has left the screen. */
export function forgetPicture(): void {
  clearTimeout(timer);
  timer = undefined;
  said = null;
  latest = null;
}
