// What goes wrong while a map is on screen, said over an empty part of it: the last picture stays.
import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { Button } from '../ui/Button.tsx';
import type { MapLayout } from './map_layout.ts';
import { mapStatusStore } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';

/** Pixels of a message, of the edge, and of the overview where that lies above the diagonal. */
const WIDTH = 320;
const EDGE = 12;
const OVERVIEW = 128;

export function MapMessages({ layout: { x, y, side, column } }: { layout: MapLayout }) {
  const status = useStore(connectionStore, (state) => state.status);
  const runId = useStore(focusStore, (state) => state.runId);
  const live = useStore(libraryStore, (state) => runOf(state, runId)?.live ?? false);
  const { graphicsError, tileError } = useStore(mapStatusStore, (state) => state);
  const nothing = useStore(mapStatusStore, (state) => state.sharp + state.coarse === 0);
  const split = useStore(preferencesStore, (state) => state.maskMode === 'split');
  // Above the diagonal there is nothing to hide, unless the picture is split or too small.
  const right = x + side - WIDTH - EDGE - (column ? 0 : OVERVIEW);
  const place = { left: !split && right > x + EDGE ? right : x + EDGE, top: y + EDGE, width: Math.min(WIDTH, side - 2 * EDGE) };
  if (graphicsError) {
    return (
      <p className="map-message" role="alert" style={place}>
        <b>The map cannot be drawn.</b> {graphicsError}
      </p>
    );
  }
  if (status !== 'ready' || !live) {
    return (
      <p className="map-message" role="status" style={place}>
        <b>{status === 'ready' ? 'The engine no longer holds this run.' : 'The engine is away.'}</b>{' '}
        {nothing
          ? 'Nothing of this head was fetched yet.'
          : `The picture is the last one fetched; finer tiles follow ${status === 'ready' ? 'once it is run again' : 'when it is back'}.`}
      </p>
    );
  }
  if (tileError) {
    return (
      <p className="map-message" role="alert" style={place}>
        <b>Some tiles were refused.</b> {tileError.message}{' '}
        <Button look="link" small onClick={() => mapTiles().retry()}>
          Ask again
        </Button>
      </p>
    );
  }
  return null;
}
