// What of the shell itself is open. Not kept between starts.
import { createStore } from 'zustand/vanilla';

export type DrawerTab = 'tokens' | 'log';

export interface ShellState {
  /** The palette, with what is typed when it opens; null: closed. */
  palette: string | null;
  keySheet: boolean;
  /** The icon rail of narrow windows is opened over the work area. */
  railOver: boolean;
  drawerTab: DrawerTab;
}

export const shellStore = createStore<ShellState>()(() => ({
  palette: null,
  keySheet: false,
  railOver: false,
  drawerTab: 'tokens',
}));

export function openPalette(query = ''): void {
  shellStore.setState({ palette: query });
}
