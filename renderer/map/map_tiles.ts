// The one tile store of the window, fed by whichever engine is connected.
import { connectionStore } from '../state/connection.ts';
import { engineTiles } from '../tiles/tile_source.ts';
import { TileStore } from '../tiles/tile_store.ts';

let store: TileStore | undefined;

/** While the engine is away tiles that were fetched stay and are drawn. */
export function mapTiles(): TileStore {
  if (store) return store;
  const made = new TileStore();
  let client = connectionStore.getState().client;
  if (client) made.setSource(engineTiles(client));
  connectionStore.subscribe((state) => {
    if (state.client === client) return;
    client = state.client;
    made.setSource(client ? engineTiles(client) : null);
  });
  store = made;
  return made;
}
