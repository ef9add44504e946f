import { expect, it } from 'vitest';
import { MAX_RELOADS, PageCrashes, WINDOW_MS } from './page_crashes.ts';

it('loads a crashed page again, asks when it keeps crashing, and forgets old crashes', () => {
  const crashes = new PageCrashes();
  expect(crashes.ended('clean-exit', 0)).toBe('ignore');
  for (let at = 0; at < MAX_RELOADS; at++) expect(crashes.ended('crashed', at)).toBe('reload');
  expect(crashes.ended('oom', MAX_RELOADS)).toBe('ask');
  crashes.forget();
  expect(crashes.ended('crashed', MAX_RELOADS + 1)).toBe('reload');
  expect(crashes.ended('killed', 2 * WINDOW_MS)).toBe('reload');
  expect(crashes.ended('killed', 4 * WINDOW_MS)).toBe('reload');
});
