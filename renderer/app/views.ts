// The views of the work areas, each a file of its own so that the shell paints before them. They are fetched once the shell stands
// still: the first visit to a view then waits for nothing, and a server that goes away later takes no view with it.
import { lazy } from 'react';

const files = {
  atlas: () => import('../atlas/AtlasView.tsx'),
  map: () => import('../map/MapView.tsx'),
  compare: () => import('../compare/CompareView.tsx'),
  config: () => import('../config/ConfigView.tsx'),
  inspector: () => import('../inspector/Inspector.tsx'),
  tokens: () => import('../tokens/TokenStrip.tsx'),
  start: () => import('../library/StartView.tsx'),
  rail: () => import('../library/LibraryRail.tsx'),
  dialogs: () => import('../library/LibraryDialogs.tsx'),
};

export const AtlasView = lazy(async () => ({ default: (await files.atlas()).AtlasView }));
export const MapView = lazy(async () => ({ default: (await files.map()).MapView }));
export const CompareView = lazy(async () => ({ default: (await files.compare()).CompareView }));
export const ConfigView = lazy(async () => ({ default: (await files.config()).ConfigView }));
export const Inspector = lazy(async () => ({ default: (await files.inspector()).Inspector }));
export const TokenStrip = lazy(async () => ({ default: (await files.tokens()).TokenStrip }));
export const StartView = lazy(async () => ({ default: (await files.start()).StartView }));
export const LibraryRail = lazy(async () => ({ default: (await files.rail()).LibraryRail }));
export const LibraryDialogs = lazy(async () => ({ default: (await files.dialogs()).LibraryDialogs }));

/** A view that cannot be fetched now is asked for again when it is shown, and says so there. */
export function fetchViews(): void {
  for (const file of Object.values(files)) file().catch(() => {});
}
