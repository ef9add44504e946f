// The breakpoints of the design, as one word.
import { useSyncExternalStore } from 'react';

/** wide: as drawn; narrow: a rail of icons; slim: the inspector lies over the work area. */
export type WindowWidth = 'wide' | 'narrow' | 'slim';

export function widthOf(pixels: number): WindowWidth {
  if (pixels < 1024) return 'slim';
  return pixels < 1181 ? 'narrow' : 'wide';
}

/** Below this the drawer starts folded. */
export const SHORT_WINDOW = 760;

function subscribe(changed: () => void): () => void {
  window.addEventListener('resize', changed);
  return () => window.removeEventListener('resize', changed);
}

export const useWindowWidth = (): WindowWidth => useSyncExternalStore(subscribe, () => widthOf(window.innerWidth));
export const useShortWindow = (): boolean => useSyncExternalStore(subscribe, () => window.innerHeight < SHORT_WINDOW);
