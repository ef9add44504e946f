// The views of the work areas, each a file of its own so that the shell paints before them. They are fetched once the shell stands
// still: the first visit to a view then waits for nothing, and a server that goes away later takes no view with it.
import { fetchedView } from './fetched_view.ts';

const files = {
  atlas: () => import('../atlas/AtlasView.tsx'),
  map: () => import('../map/MapView.tsx'),
  compare: () => import('../compare/CompareView.tsx'),
  config: () => import('../config/ConfigView.tsx'),
  inspector: () => import('../inspector/Inspector.tsx'),
  tokens: () => import('../tokens/TokenStrip.tsx'),
  region: () => import('../map/RegionTable.tsx'),
  bookmarks: () => import('../library/BookmarkList.tsx'),
  start: () => import('../library/StartView.tsx'),
  rail: () => import('../library/LibraryRail.tsx'),
  dialogs: () => import('../library/LibraryDialogs.tsx'),
};

export const AtlasView = fetchedView(async () => (await files.atlas()).AtlasView);
export const MapView = fetchedView(async () => (await files.map()).MapView);
export const CompareView = fetchedView(async () => (await files.compare()).CompareView);
export const ConfigView = fetchedView(async () => (await files.config()).ConfigView);
export const Inspector = fetchedView(async () => (await files.inspector()).Inspector);
export const TokenStrip = fetchedView(async () => (await files.tokens()).TokenStrip);
export const RegionTable = fetchedView(async () => (await files.region()).RegionTable);
export const BookmarkList = fetchedView(async () => (await files.bookmarks()).BookmarkList);
export const StartView = fetchedView(async () => (await files.start()).StartView);
export const LibraryRail = fetchedView(async () => (await files.rail()).LibraryRail);
export const LibraryDialogs = fetchedView(async () => (await files.dialogs()).LibraryDialogs);

/** A view that cannot be fetched now is asked for again when it is shown, and says so there. */
export function fetchViews(): void {
  for (const view of [
    AtlasView,
    MapView,
    CompareView,
    ConfigView,
    Inspector,
    TokenStrip,
    RegionTable,
    BookmarkList,
    StartView,
    LibraryRail,
    LibraryDialogs,
  ])
    view.fetch().catch(() => {});
  files.map().then(
    ({ prepareMap }) => prepareMap(),
    () => {},
  );
}
