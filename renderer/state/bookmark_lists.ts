// Two lists of bookmarks made one: of another window, or of a file.
import { type Bookmark, MOST_BOOKMARKS } from './bookmark_shape.ts';

const byId = (list: readonly Bookmark[]) => new Map(list.map((bookmark) => [bookmark.id, bookmark]));
const newer = (a: Bookmark, b: Bookmark | undefined): Bookmark => (b && b.changedAt > a.changedAt ? b : a);

/** The list of another window, with what was added, changed and taken away here since both were the same. */
export function mergedBookmarks(theirs: readonly Bookmark[], ours: readonly Bookmark[], common: readonly Bookmark[]): Bookmark[] {
  const [here, before, there] = [byId(ours), byId(common), byId(theirs)];
  const kept = theirs.filter(({ id }) => here.has(id) || !before.has(id)).map((bookmark) => newer(bookmark, here.get(bookmark.id)));
  const added = ours.filter(({ id }) => !before.has(id) && !there.has(id));
  return [...kept, ...added].slice(0, MOST_BOOKMARKS);
}

/** The list with another one added; of an entry that both hold, the one that was changed last. */
export function withBookmarks(ours: readonly Bookmark[], added: readonly Bookmark[]): Bookmark[] {
  const [here, there] = [byId(ours), byId(added)];
  return [...ours.map((bookmark) => newer(bookmark, there.get(bookmark.id))), ...added.filter(({ id }) => !here.has(id))];
}
