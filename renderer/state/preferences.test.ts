import { describe, expect, it } from 'vitest';
import { checkedPreferences, DEFAULT_PREFERENCES } from './preferences.ts';

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
      scaleLimits: { max: { low: -10, high: 0 }, sum: null },
    });
  });

  it('are the defaults where nothing usable was stored', () => {
    for (const stored of [null, 'x', 4, [], { theme: 3 }]) expect(checkedPreferences(stored)).toEqual(DEFAULT_PREFERENCES);
  });
});
