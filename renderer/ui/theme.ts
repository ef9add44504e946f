// Which theme is on: the preference, or the system's where it says so. Sets data-theme on the root; canvases listen to it.
import { createStore } from 'zustand/vanilla';
import { preferencesStore } from '../state/preferences.ts';

export type ThemeName = 'light' | 'dark';

export const themeStore = createStore<{ theme: ThemeName }>()(() => ({ theme: 'light' }));

/** Follows preference and system until the returned function is called. */
export function followTheme(root: HTMLElement): () => void {
  const system = window.matchMedia?.('(prefers-color-scheme: dark)');
  const apply = () => {
    const { theme: wish } = preferencesStore.getState();
    const theme = wish === 'system' ? (system?.matches ? 'dark' : 'light') : wish;
    root.dataset.theme = theme;
    if (themeStore.getState().theme !== theme) themeStore.setState({ theme });
  };
  apply();
  const stop = preferencesStore.subscribe(apply);
  system?.addEventListener('change', apply);
  return () => {
    stop();
    system?.removeEventListener('change', apply);
  };
}
