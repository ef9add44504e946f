// Split mirrors missed mass into the corner above the diagonal, where a narrow window keeps minimap and ramp: there it is off until it is
// chosen, and on again once the window is wide.
import { preferencesStore, setPreferences } from './preferences.ts';

/** The design's breakpoint. */
const NARROW = '(max-width: 1180px)';

/** Looks now and whenever the window crosses the breakpoint. Returns what stops it. */
export function followWidthWithSplit(): () => void {
  if (typeof matchMedia !== 'function') return () => {};
  const query = matchMedia(NARROW);
  const look = () => {
    const { maskMode, splitWhenWide } = preferencesStore.getState();
    if (query.matches && maskMode === 'split') setPreferences({ maskMode: 'outline', splitWhenWide: true });
    else if (!query.matches && splitWhenWide)
      setPreferences({ splitWhenWide: false, maskMode: maskMode === 'outline' ? 'split' : maskMode });
  };
  look();
  query.addEventListener('change', look);
  return () => query.removeEventListener('change', look);
}
