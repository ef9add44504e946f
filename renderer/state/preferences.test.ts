import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import type { Bookmark } from './bookmark_shape.ts';
import { checkedPreferences, DEFAULT_PREFERENCES, keepPreferences, preferencesStore, setPreferences } from './preferences.ts';

describe('stored preferences', () => {
  it('are taken field by field: a wrong one does not cost the others', () => {
    const stored = {
      theme: 'dark',
      maskMode: 'plaid',
      target: 0.9,
      drawerHeight: -4,
      scaleLimits: { max: { low: -10, high: 0 }, sum: null },
      extra: 1,
    };
    expect(checkedPreferences(stored)).toEqual({
      ...DEFAULT_PREFERENCES,
      theme: 'dark',
      target: 0.9,
      // Stored before missed mass had limits of its own.
      scaleLimits: { max: { low: -10, high: 0 }, sum: null, missed: null },
    });
  });

  it('are the defaults where nothing usable was stored', () => {
    for (const stored of [null, 'x', 4, [], { theme: 3 }]) expect(checkedPreferences(stored)).toEqual(DEFAULT_PREFERENCES);
  });
});

describe('two windows', () => {
  afterEach(() => {
    vi.useRealTimers();
    preferencesStore.setState(DEFAULT_PREFERENCES, true);
  });
  const bookmark = (id: string): Bookmark => ({
    id,
    name: id,
    note: '',
    at: 0,
    changedAt: 0,
    of: { run: 'run', model: 'tiny', modelKey: 'tiny', promptHash: null, rows: 512, layers: 2, heads: 4 },
    layer: 0,
    head: 0,
    view: null,
    cell: null,
    heads: [],
    pattern: null,
  });
  const names = () => preferencesStore.getState().bookmarks.map(({ id }) => id);

  it('lose no bookmark to each other, and keep their own theme', async () => {
    vi.useFakeTimers();
    const bridge = new FakeBridge();
    const written: unknown[] = [];
    bridge.writePreferences = async (preferences) => void written.push(preferences);
    bridge.readPreferences = async () => ({ theme: 'dark', bookmarks: [bookmark('old'), bookmark('gone')] });
    const stop = await keepPreferences(bridge);
    // Not yet written when the other window writes its own, without what was taken away there.
    setPreferences({ bookmarks: [...preferencesStore.getState().bookmarks, bookmark('mine')] });
    bridge.otherWindow({ theme: 'light', bookmarks: [bookmark('old'), bookmark('theirs')] });
    expect(names()).toEqual(['old', 'theirs', 'mine']);
    expect(preferencesStore.getState().theme).toBe('dark');
    await vi.advanceTimersByTimeAsync(1000);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({ bookmarks: [{ id: 'old' }, { id: 'theirs' }, { id: 'mine' }] });
    // What comes back is known; nothing is written again.
    bridge.otherWindow(written[0]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(written).toHaveLength(1);
    setPreferences({ bookmarks: preferencesStore.getState().bookmarks.filter(({ id }) => id !== 'old') });
    bridge.otherWindow(written[0]);
    expect(names()).toEqual(['theirs', 'mine']);
    stop();
  });
});
