// Places a user wants to find again: a head and a part of its map, or a choice of heads. They belong to a model and prompt, not to one
// run of them, and are kept with the preferences.
import type { RunInfo } from '../../engine/protocol/records.ts';
import { type Bookmark, MOST_BOOKMARKS } from './bookmark_shape.ts';
import { configStore } from './config_document.ts';
import { focusHead, focusStore, headName, showArea } from './focus.ts';
import { currentRun } from './library.ts';
import { preferencesStore, setPreferences } from './preferences.ts';
import { selectHeads, selectionStore } from './selection.ts';
import { MAIN_VIEWPORT, setViewport, viewport, viewportsStore } from './viewports.ts';

/** The same for every run of the same model on the same prompt. */
export function identityOf({ model, promptHash, rows, layers, heads }: RunInfo): string {
  return [model.hash ?? model.name, promptHash ?? '', rows, layers, heads].join('/').slice(0, 200);
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');

/** What is on screen, by a name that says it: the selection in the atlas, the place elsewhere. Null without a run. */
function placeOnScreen(): Omit<Bookmark, 'id'> | null {
  const run = currentRun();
  if (!run) return null;
  const { layer, head, area } = focusStore.getState();
  const { heads } = selectionStore.getState();
  const of = identityOf(run.info);
  if (area === 'atlas' && heads.length > 1) return { name: `${count(heads.length)} heads`, of, layer, head, view: null, heads: [...heads] };
  const view = viewport();
  const { tokens } = viewportsStore.getState();
  const whole = view.q1 - view.q0 >= tokens && view.k1 - view.k0 >= tokens;
  const rows = whole ? '' : `, rows ${count(view.q0)} to ${count(view.q1)}`;
  return { name: `${headName({ layer, head })}${rows}`, of, layer, head, view, heads: [] };
}

/** Adds what is on screen; null where there is no run, or the list is full. */
export function addBookmark(): Bookmark | null {
  const place = placeOnScreen();
  const { bookmarks } = preferencesStore.getState();
  if (!place || bookmarks.length >= MOST_BOOKMARKS) return null;
  const bookmark = { ...place, id: crypto.randomUUID() };
  setPreferences({ bookmarks: [...bookmarks, bookmark] });
  return bookmark;
}

export function removeBookmark(id: string): void {
  setPreferences({ bookmarks: preferencesStore.getState().bookmarks.filter((bookmark) => bookmark.id !== id) });
}

/** An empty name changes nothing. */
export function renameBookmark(id: string, name: string): void {
  const trimmed = name.trim().slice(0, 200);
  if (trimmed === '') return;
  const { bookmarks } = preferencesStore.getState();
  setPreferences({ bookmarks: bookmarks.map((bookmark) => (bookmark.id === id ? { ...bookmark, name: trimmed } : bookmark)) });
}

/** Those of the run on screen. */
export function bookmarksHere(bookmarks: readonly Bookmark[], info: RunInfo | null): Bookmark[] {
  const of = info && identityOf(info);
  return bookmarks.filter((bookmark) => bookmark.of === of);
}

/** Shows the place again. */
export function goToBookmark({ layer, head, view, heads }: Bookmark): void {
  const { layers, heads: across } = configStore.getState();
  const there = heads.filter((place) => place.layer < layers && place.head < across);
  if (view === null) {
    selectHeads(there);
    focusHead({ layer, head });
    showArea('atlas');
    return;
  }
  focusHead({ layer, head }, { open: true });
  setViewport(MAIN_VIEWPORT, view);
}
