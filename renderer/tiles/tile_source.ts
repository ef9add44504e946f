// Where tiles come from: one request a tile, the whole-matrix overview as the pyramid's top.
import type { Client } from '../../engine/protocol/client.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { type Frame, frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Rect } from '../../engine/protocol/records.ts';
import { type Tile, tileFromFrame, tileFromOverview } from './tile.ts';

/** The head a tile is of, and which of its pairs. */
export interface TilePlace {
  runId: string;
  layer: number;
  head: number;
  /** Only the pairs that this pattern drops; absent: all. */
  droppedBy?: Pattern;
}

export interface TileSource {
  /** Rejects with the engine's coded error; CANCELLED once the signal fires. */
  tile(place: TilePlace, rect: Rect, key: number, signal: AbortSignal): Promise<Tile>;
  overview(place: TilePlace, tokens: number, signal: AbortSignal): Promise<Tile>;
}

/** A frame asks for the key of one place at every tile and every level above it. */
const keys = new WeakMap<TilePlace, string>();

export function placeKey(place: TilePlace): string {
  let key = keys.get(place);
  if (key === undefined) {
    const { runId, layer, head, droppedBy } = place;
    key = droppedBy ? `${runId} ${layer} ${head} ${JSON.stringify(droppedBy)}` : `${runId} ${layer} ${head}`;
    keys.set(place, key);
  }
  return key;
}

/** The frame is acknowledged, and its credit returned, when `onFrame` has taken it in: a slow interface slows the engine down. */
export function engineTiles(client: Client): TileSource {
  const one = (frame: Frame | undefined, what: string): Frame => {
    if (!frame) throw new HeadscopeError('PROTOCOL_MISMATCH', `The engine answered ${what} without a frame.`);
    return frame;
  };
  return {
    async tile({ runId, layer, head, droppedBy }, rect, key, signal) {
      let tile: Tile | undefined;
      const onFrame = (frame: Frame) => {
        if (frame.key === key) tile = tileFromFrame(frame, rect);
      };
      if (droppedBy) await client.call('map.missed', { runId, layer, head, rect, key, pattern: droppedBy }, { signal, onFrame });
      else await client.call('map.tile', { runId, layer, head, rect, key }, { signal, onFrame });
      if (!tile) throw new HeadscopeError('PROTOCOL_MISMATCH', 'The engine answered without the tile that was asked.');
      return tile;
    },
    async overview({ runId, layer, head }, tokens, signal) {
      let found: Frame | undefined;
      const onFrame = (frame: Frame) => {
        found = frame;
      };
      await client.call('map.overview', { runId, layer, heads: [head] }, { signal, onFrame });
      const frame = one(found, 'map.overview');
      return tileFromOverview(frameFloats(frame), frame.columns, tokens);
    },
  };
}
