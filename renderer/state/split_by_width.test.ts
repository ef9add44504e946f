import { afterEach, expect, it, vi } from 'vitest';
import { DEFAULT_PREFERENCES, preferencesStore, setPreferences } from './preferences.ts';
import { followWidthWithSplit } from './split_by_width.ts';

let query: { matches: boolean; addEventListener: (_: string, listener: () => void) => void; removeEventListener: () => void };
let changed = () => {};

function windowOf(narrow: boolean): void {
  query = {
    matches: narrow,
    addEventListener: (_, listener) => {
      changed = listener;
    },
    removeEventListener: () => {},
  };
  vi.stubGlobal('matchMedia', () => query);
}
const resize = (narrow: boolean) => {
  query.matches = narrow;
  changed();
};
const mode = () => preferencesStore.getState().maskMode;

afterEach(() => {
  vi.unstubAllGlobals();
  preferencesStore.setState(DEFAULT_PREFERENCES, true);
});

it('is off where a window starts narrow, and on again once it is wide', () => {
  setPreferences({ maskMode: 'split' });
  windowOf(true);
  followWidthWithSplit();
  expect(mode()).toBe('outline');
  resize(false);
  expect(mode()).toBe('split');
  resize(true);
  expect(mode()).toBe('outline');
});

it('stays on where it is chosen in a narrow window, and leaves other choices alone', () => {
  windowOf(true);
  followWidthWithSplit();
  setPreferences({ maskMode: 'split' });
  expect(mode()).toBe('split');
  resize(false);
  expect(mode()).toBe('split');
  resize(true);
  setPreferences({ maskMode: 'dim' });
  resize(false);
  expect(mode()).toBe('dim');
});
