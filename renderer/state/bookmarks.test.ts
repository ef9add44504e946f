import { describe, expect, it } from 'vitest';
import { fakeRun } from '../host/fake_bridge.fixture.ts';
import { bookmarkFile, isBookmarkFile, readBookmarkFile } from './bookmark_file.ts';
import { mergedBookmarks, withBookmarks } from './bookmark_lists.ts';
import { type Bookmark, fitsRun, originOf, readBookmarks } from './bookmark_shape.ts';
import { checkedPreferences } from './preferences.ts';

const RUN = fakeRun({ model: { name: 'tiny', hash: 'abc' }, promptHash: 'p', rows: 512 });
const bookmark = (id: string, part: Partial<Bookmark> = {}): Bookmark => ({
  id,
  name: id,
  note: '',
  at: 1,
  changedAt: 1,
  of: originOf(RUN, 'a run'),
  layer: 1,
  head: 2,
  view: { q0: 0, q1: 100.5, k0: 0, k1: 100.5 },
  cell: { q: 40, k: 3 },
  heads: [],
  pattern: { kind: 'a_shape', sink: 4, window: 64 },
  ...part,
});

const OLD_BOOKMARK = { id: 'b', name: 'L1 H2', of: 'abc/p/512/2/4', layer: 1, head: 2, view: null, heads: [{ layer: 1, head: 0 }] };
const OLD_SNAPSHOT = {
  id: 's',
  at: 7,
  model: 'tiny',
  run: 'mixed',
  rows: 512,
  layer: 1,
  head: 2,
  view: { q0: 10, q1: 20, k0: 0, k1: 10 },
  pattern: { kind: 'a_shape', sink: 4, window: 64 },
  note: 'lost here',
};

describe('stored bookmarks', () => {
  it('are read back as they were written', () => {
    const stored: unknown = JSON.parse(JSON.stringify({ theme: 'dark', bookmarks: [bookmark('a')] }));
    expect(checkedPreferences(stored)).toMatchObject({ theme: 'dark', bookmarks: [bookmark('a')] });
  });

  it('of earlier versions become bookmarks that fit the runs they were taken of', () => {
    const { bookmarks } = checkedPreferences({ bookmarks: [OLD_BOOKMARK], snapshots: [OLD_SNAPSHOT] });
    expect(bookmarks).toMatchObject([
      { id: 'b', name: 'L1 H2', heads: [{ layer: 1, head: 0 }], view: null },
      { id: 's', name: 'L1 H2, rows 10 to 20', note: 'lost here', at: 7, pattern: { kind: 'a_shape' }, of: { run: 'mixed' } },
    ]);
    for (const read of bookmarks) {
      expect(fitsRun(read, RUN)).toBe(true);
      expect(fitsRun(read, fakeRun({ ...RUN, rows: 513 }))).toBe(false);
      expect(fitsRun(read, fakeRun({ ...RUN, model: { name: 'other', hash: 'xyz' } }))).toBe(false);
    }
    // The first knows its prompt, the second was kept without it.
    expect(bookmarks.map((read) => fitsRun(read, fakeRun({ ...RUN, promptHash: 'another' })))).toEqual([false, true]);
  });

  it('that are broken cost only themselves', () => {
    const broken = { ...bookmark('x'), view: { q0: 5, q1: 5, k0: 0, k1: 1 } };
    expect(readBookmarks([bookmark('a'), broken, 4, null, { ...OLD_BOOKMARK, of: 'no' }], 'not a list').map(({ id }) => id)).toEqual(['a']);
  });
});

describe('two lists', () => {
  const ids = (list: readonly Bookmark[]) => list.map(({ id }) => id);

  it('of two windows keep what either added and drop what either removed', () => {
    const common = [bookmark('old'), bookmark('gone here'), bookmark('gone there')];
    const ours = [bookmark('old'), bookmark('gone there'), bookmark('mine')];
    const theirs = [bookmark('old'), bookmark('gone here'), bookmark('theirs')];
    expect(ids(mergedBookmarks(theirs, ours, common))).toEqual(['old', 'theirs', 'mine']);
  });

  it('take the name and note that were written last', () => {
    const early = bookmark('a', { note: 'early', changedAt: 5 });
    const late = bookmark('a', { note: 'late', changedAt: 6 });
    expect(mergedBookmarks([early], [late], [])).toEqual([late]);
    expect(mergedBookmarks([late], [early], [])).toEqual([late]);
    expect(withBookmarks([early], [late, bookmark('b')])).toEqual([late, bookmark('b')]);
    expect(withBookmarks([late], [early])).toEqual([late]);
  });
});

describe('a file of bookmarks', () => {
  it('holds what was put into it', () => {
    const text = bookmarkFile([bookmark('a'), bookmark('b', { view: null, heads: [{ layer: 0, head: 1 }] })]);
    expect(isBookmarkFile(text)).toBe(true);
    expect(readBookmarkFile(text).map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('is told from a config and from noise', () => {
    for (const text of ['{"format":"headscope-config"}', '[]', 'null', '{', '']) expect(isBookmarkFile(text)).toBe(false);
  });

  it.each([
    ['{', /not JSON/],
    ['{}', /holds no bookmarks/],
    ['{"format":"headscope-bookmarks","version":2,"bookmarks":[]}', /version 2/],
    [
      JSON.stringify({ format: 'headscope-bookmarks', version: 1, bookmarks: [bookmark('a'), { ...bookmark('b'), layer: -1 }] }),
      /Bookmark 2 is wrong at layer/,
    ],
    [
      JSON.stringify({ format: 'headscope-bookmarks', version: 1, bookmarks: Array.from({ length: 401 }, (_, at) => bookmark(`${at}`)) }),
      /at most 400/,
    ],
  ])('that is wrong is refused as a whole: %.40s', (text, reason) => {
    expect(() => readBookmarkFile(text)).toThrow(reason);
    expect(() => readBookmarkFile(text)).toThrow(/were not changed/);
  });
});
