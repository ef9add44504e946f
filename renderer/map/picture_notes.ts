// What a drawn picture was: for the status bar, the parts around the map, and the benchmarks' counters.
import { readoutStore } from '../state/readout.ts';
import { mapCounters } from './frame_scheduler.ts';
import type { Scene } from './map_renderer.ts';
import type { BuiltScene } from './map_scene.ts';
import { noteStatus } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';

/** `ranks`: how the question for the mask's ranks stands; null: no mask is shown. */
export function notePicture(built: BuiltScene, scene: Scene, ranks: { error: string | null; pending: boolean } | null): void {
  const { ready, wanted, error } = mapTiles().state();
  const pixelTokens = ((scene.view.k1 - scene.view.k0) / Math.max(1, scene.width)) * (scene.pixelRatio / window.devicePixelRatio);
  const mask = scene.mode === 'off' ? 'none' : ranks?.error ? 'failed' : scene.rule.kind === 'unknown' ? 'pending' : 'shown';
  noteStatus({
    cellTokens: scene.cellTokens,
    pixelTokens,
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
  const before = readoutStore.getState();
  const { scale, tiles } = before;
  if (
    before.footprint?.rows !== footprint ||
    before.aggregate !== scene.aggregate ||
    scale?.low !== scene.limits.low ||
    scale.high !== scene.limits.high ||
    tiles?.ready !== ready ||
    tiles.wanted !== wanted
  ) {
    readoutStore.setState({
      footprint: { rows: footprint, columns: footprint },
      aggregate: scene.aggregate,
      scale: scene.limits,
      tiles: { ready, wanted },
    });
  }
  const counters = mapCounters();
  counters.tilesReady = ready;
  counters.tilesWanted = wanted;
  counters.tileBytes = mapTiles().bytes;
}
