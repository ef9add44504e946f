// How the user likes it: kept by the host between starts. What is read back is checked field by field.
import { z } from 'zod';
import { createStore } from 'zustand/vanilla';
import type { HostBridge } from '../host/bridge.ts';
import { mergedBookmarks } from './bookmark_lists.ts';
import { bookmarkShape, MOST_BOOKMARKS, readBookmarks } from './bookmark_shape.ts';

export const MASK_MODES = ['off', 'outline', 'dim', 'missed', 'split'] as const;
export type MaskMode = (typeof MASK_MODES)[number];
export const COLOUR_MAPS = ['cividis', 'viridis', 'magma', 'grey'] as const;
export type ColourMap = (typeof COLOUR_MAPS)[number];

const limits = z.object({ low: z.number(), high: z.number() }).nullable();
const shape = {
  theme: z.enum(['system', 'light', 'dark']),
  maskMode: z.enum(MASK_MODES),
  /** Split was on when the window became narrow. */
  splitWhenWide: z.boolean(),
  colourMap: z.enum(COLOUR_MAPS),
  /** Which plane of a tile is drawn. */
  aggregate: z.enum(['max', 'sum']),
  /** Octaves of the attention scale, by plane, and of missed mass; null: from the data's percentiles. */
  scaleLimits: z.object({ max: limits, sum: limits, missed: limits.default(null) }),
  /** Recall a head should reach; missed mass above 1 - target is loud. */
  target: z.number().min(0).max(1),
  /** What the config's checks call worth a look, fractions: recall under `lowRecall`, recall within `nearUniform` of what uniform
   * attention would keep, more tiles kept than `mostTiles`. */
  checks: z.object({
    lowRecall: z.number().min(0).max(1),
    nearUniform: z.number().min(0).max(1),
    mostTiles: z.number().min(0).max(1),
  }),
  drawerOpen: z.boolean(),
  /** CSS pixels. */
  drawerHeight: z.number().min(60).max(2000),
  railWidth: z.number().min(160).max(480),
  inspectorWidth: z.number().min(264).max(640),
  /** In windows under 1024 pixels the inspector lies over the work area. */
  inspectorOpen: z.boolean(),
  bookmarks: z.array(bookmarkShape).max(MOST_BOOKMARKS),
  /** One-letter keys act (WCAG 2.1.4). */
  letterKeys: z.boolean(),
} as const;
export const preferencesShape = z.object(shape);
export type Preferences = z.infer<typeof preferencesShape>;

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  maskMode: 'outline',
  splitWhenWide: false,
  colourMap: 'cividis',
  aggregate: 'max',
  scaleLimits: { max: null, sum: null, missed: null },
  target: 0.95,
  checks: { lowRecall: 0.8, nearUniform: 0.05, mostTiles: 0.8 },
  drawerOpen: true,
  drawerHeight: 132,
  railWidth: 232,
  inspectorWidth: 336,
  inspectorOpen: false,
  bookmarks: [],
  letterKeys: true,
};

export const preferencesStore = createStore<Preferences>()(() => DEFAULT_PREFERENCES);

export function setPreferences(part: Partial<Preferences>): void {
  preferencesStore.setState(part);
}

/** Off, outline, dim, missed, split, off ... */
export function cycleMaskMode(): void {
  const { maskMode } = preferencesStore.getState();
  setPreferences({ maskMode: MASK_MODES[(MASK_MODES.indexOf(maskMode) + 1) % MASK_MODES.length] ?? 'off' });
}

/** Every field that holds what it should; the others keep their defaults. */
export function checkedPreferences(stored: unknown): Preferences {
  const found: Record<string, unknown> = {};
  if (typeof stored === 'object' && stored !== null) {
    for (const [name, value] of Object.entries(stored)) {
      const field = Object.entries(shape).find(([known]) => known === name)?.[1];
      if (field?.safeParse(value).success) found[name] = value;
    }
    // Places with a pattern were a list of their own once.
    const earlier = 'snapshots' in stored ? stored.snapshots : [];
    found.bookmarks = readBookmarks('bookmarks' in stored ? stored.bookmarks : [], earlier);
  }
  const whole = preferencesShape.safeParse({ ...DEFAULT_PREFERENCES, ...found });
  return whole.success ? whole.data : DEFAULT_PREFERENCES;
}

const WRITE_DELAY_MS = 300;

/**
 * Reads them, then writes every change a moment after the last. Bookmarks made in another window appear here; how each window looks
 * stays its own. Returns a function that stops.
 */
export async function keepPreferences(bridge: HostBridge): Promise<() => void> {
  preferencesStore.setState(checkedPreferences(await bridge.readPreferences().catch(() => null)), true);
  let common = preferencesStore.getState().bookmarks;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let following = false;
  const write = () => {
    timer = undefined;
    const preferences = preferencesStore.getState();
    common = preferences.bookmarks;
    // A host that cannot write keeps the choice for this window only; there is nothing the user could do about it here.
    void bridge.writePreferences(preferences).catch(() => {});
  };
  const stop = preferencesStore.subscribe(() => {
    if (following) return;
    clearTimeout(timer);
    timer = setTimeout(write, WRITE_DELAY_MS);
  });
  const unfollow = bridge.onPreferences((stored) => {
    const { bookmarks: theirs } = checkedPreferences(stored);
    const bookmarks = mergedBookmarks(theirs, preferencesStore.getState().bookmarks, common);
    common = theirs;
    // Theirs are written already; ours, if any wait, still are.
    following = true;
    preferencesStore.setState({ bookmarks });
    following = false;
  });
  return () => {
    clearTimeout(timer);
    stop();
    unfollow();
  };
}
