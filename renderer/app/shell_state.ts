// What of the shell itself is open. Not kept between starts.
import { createStore } from 'zustand/vanilla';
import { focusStore, showArea } from '../state/focus.ts';
import { setPreferences } from '../state/preferences.ts';

export type DrawerTab = 'tokens' | 'region' | 'bookmarks' | 'log';

export interface ShellState {
  /** The palette, with what is typed when it opens; null: closed. */
  palette: string | null;
  keySheet: boolean;
  /** The icon rail of narrow windows is opened over the work area. */
  railOver: boolean;
  drawerTab: DrawerTab;
  /** The bookmark whose note is being written. */
  noting: string | null;
}

export const shellStore = createStore<ShellState>()(() => ({
  palette: null,
  keySheet: false,
  railOver: false,
  drawerTab: 'tokens',
  noting: null,
}));

export function openPalette(query = ''): void {
  shellStore.setState({ palette: query });
}

/** The drawer with the log; it stands below map and comparison only. */
export function showLog(): void {
  const { area } = focusStore.getState();
  if (area !== 'map' && area !== 'compare') showArea('map');
  shellStore.setState({ drawerTab: 'log' });
  setPreferences({ drawerOpen: true });
}
