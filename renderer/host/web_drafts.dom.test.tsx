import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { webDrafts } from './web_drafts.ts';

const records = () => Object.keys(localStorage).filter((key) => key.startsWith('headscope.drafts.'));
const ALL = { whole: true };
/** From here on no window answers: those of before are gone. */
const closeAll = () => vi.stubGlobal('BroadcastChannel', undefined);

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('leaves alone what an open window writes, and keeps apart from the tab it was duplicated from', async () => {
  const first = webDrafts();
  expect(await first.claim()).toEqual([]);
  first.write([{ edit: 1 }], ALL);
  const second = webDrafts();
  expect(await second.claim()).toEqual([]);
  second.write([{ edit: 2 }], ALL);
  expect(records()).toHaveLength(2);
});

it('takes over what a closed window left, and lets its record go once its own holds it', async () => {
  const first = webDrafts();
  await first.claim();
  first.write([{ edit: 1 }], ALL);
  sessionStorage.clear();
  closeAll();
  const next = webDrafts();
  expect(await next.claim()).toEqual([{ edit: 1 }]);
  expect(records()).toHaveLength(1);
  next.write([{ edit: 1 }, { edit: 2 }], ALL);
  expect(records().map((key) => JSON.parse(localStorage.getItem(key) ?? ''))).toEqual([[{ edit: 1 }, { edit: 2 }]]);
  next.write([], ALL);
  expect(records()).toEqual([]);
});

it('finds its own record again after a reload', async () => {
  const page = webDrafts();
  await page.claim();
  page.write([{ edit: 1 }], ALL);
  closeAll();
  const reloaded = webDrafts();
  expect(await reloaded.claim()).toEqual([{ edit: 1 }]);
  reloaded.write([{ edit: 3 }], ALL);
  expect(records()).toHaveLength(1);
});

it('says that there is no room, and loses nothing of what was there', async () => {
  const first = webDrafts();
  await first.claim();
  first.write([{ edit: 1 }], ALL);
  sessionStorage.clear();
  closeAll();
  const next = webDrafts();
  await next.claim();
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  expect(next.write([{ edit: 2 }], ALL)).toBe(false);
  vi.restoreAllMocks();
  expect(records().map((key) => JSON.parse(localStorage.getItem(key) ?? ''))).toEqual([[{ edit: 1 }]]);
});

it('leaves what a closed window left where it is while only a part is written', async () => {
  const first = webDrafts();
  await first.claim();
  first.write([{ edit: 1 }], ALL);
  sessionStorage.clear();
  closeAll();
  const next = webDrafts();
  await next.claim();
  next.write([{ edit: 2 }], { whole: false });
  const texts = () => records().map((key) => JSON.parse(localStorage.getItem(key) ?? ''));
  expect(texts().flat()).toHaveLength(2);
  next.write([{ edit: 2 }, { edit: 1 }], ALL);
  expect(texts()).toEqual([[{ edit: 2 }, { edit: 1 }]]);
});
