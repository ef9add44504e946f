// Places a user wants to find again: a head, a part of its map, the pair under the cursor and the pattern drawn there, with a note; or a
// choice of heads. They belong to a model and prompt, not to one run of them, and are kept with the preferences.
import type { RunInfo } from '../../engine/protocol/records.ts';
import { type Bookmark, fitsRun, MOST_BOOKMARKS, MOST_NAME_CHARS, MOST_NOTE_CHARS, originOf, placeName } from './bookmark_shape.ts';
import { configStore, shownPattern } from './config_document.ts';
import { focusStore } from './focus.ts';
import { currentRun, type KnownRun, libraryStore } from './library.ts';
import { newId } from './new_id.ts';
import { preferencesStore, setPreferences } from './preferences.ts';
import { selectionStore } from './selection.ts';
import { viewport, viewportsStore } from './viewports.ts';

/** What is on screen: the selection in the atlas, the place elsewhere. Null without a run. */
function placeOnScreen(): Bookmark | null {
  const run = currentRun();
  if (!run) return null;
  const { layer, head, area, hover } = focusStore.getState();
  const { heads } = selectionStore.getState();
  const chosen = area === 'atlas' && heads.length > 1;
  const view = chosen ? null : viewport();
  const { tokens } = viewportsStore.getState();
  const whole = view !== null && view.q1 - view.q0 >= tokens && view.k1 - view.k0 >= tokens;
  const place = { layer, head, view, heads: chosen ? [...heads] : [] };
  const at = Date.now();
  return {
    ...place,
    id: newId(),
    name: placeName({ ...place, whole }),
    note: '',
    at,
    changedAt: at,
    of: originOf(run.info, run.name),
    cell: chosen || !hover ? null : { q: hover.q, k: hover.k },
    pattern: chosen ? null : shownPattern(configStore.getState(), { layer, head }),
  };
}

/** Adds what is on screen; null where there is no run, or the list is full. */
export function addBookmark(): Bookmark | null {
  const bookmark = placeOnScreen();
  const { bookmarks } = preferencesStore.getState();
  if (!bookmark || bookmarks.length >= MOST_BOOKMARKS) return null;
  setPreferences({ bookmarks: [...bookmarks, bookmark] });
  return bookmark;
}

export function removeBookmark(id: string): void {
  setPreferences({ bookmarks: preferencesStore.getState().bookmarks.filter((bookmark) => bookmark.id !== id) });
}

function change(id: string, part: Partial<Pick<Bookmark, 'name' | 'note'>>): void {
  const { bookmarks } = preferencesStore.getState();
  setPreferences({
    bookmarks: bookmarks.map((bookmark) => (bookmark.id === id ? { ...bookmark, ...part, changedAt: Date.now() } : bookmark)),
  });
}

/** An empty name changes nothing. */
export function renameBookmark(id: string, name: string): void {
  const trimmed = name.trim().slice(0, MOST_NAME_CHARS);
  if (trimmed !== '') change(id, { name: trimmed });
}

export function noteBookmark(id: string, note: string): void {
  change(id, { note: note.slice(0, MOST_NOTE_CHARS) });
}

/** Those of the run, in the order they were made. */
export function bookmarksHere(bookmarks: readonly Bookmark[], info: RunInfo | null): Bookmark[] {
  return info ? bookmarks.filter((bookmark) => fitsRun(bookmark, info)) : [];
}

/** The run it can be looked at in: the one on screen, else the newest that fits. */
export function runFor(bookmark: Bookmark): KnownRun | null {
  const current = currentRun();
  if (current && fitsRun(bookmark, current.info)) return current;
  return libraryStore.getState().runs.findLast(({ info }) => fitsRun(bookmark, info)) ?? null;
}
