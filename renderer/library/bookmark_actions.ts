// Going to bookmarks, and bookmarks as files.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { OpenedText } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { bookmarkFile, readBookmarkFile } from '../state/bookmark_file.ts';
import { withBookmarks } from '../state/bookmark_lists.ts';
import { type Bookmark, MOST_BOOKMARKS } from '../state/bookmark_shape.ts';
import { runFor } from '../state/bookmarks.ts';
import { configStore } from '../state/config_document.ts';
import { focusHead, focusStore, setHover, showArea } from '../state/focus.ts';
import { notify, notifyError } from '../state/notices.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { selectHeads } from '../state/selection.ts';
import { MAIN_VIEWPORT, setViewport } from '../state/viewports.ts';
import { refuse } from './library_dialogs.ts';
import { goToRun } from './open_run.ts';

/** Shows the place again: its head, its part of the map, its pair of tokens. False where no open run fits it. */
export function goToBookmark(bookmark: Bookmark): boolean {
  const run = runFor(bookmark);
  if (!run) return false;
  const { layer, head, view, heads, cell } = bookmark;
  if (run.info.runId !== focusStore.getState().runId) goToRun(run.info.runId);
  if (view === null) {
    const { layers, heads: across } = configStore.getState();
    selectHeads(heads.filter((place) => place.layer < layers && place.head < across));
    focusHead({ layer, head });
    showArea('atlas');
    return true;
  }
  focusHead({ layer, head }, { open: true });
  setViewport(MAIN_VIEWPORT, view);
  if (cell) setHover({ ...cell, source: 'keyboard' });
  return true;
}

const BOOKMARK_FILES = { label: 'Bookmarks', extensions: ['json'] };

export async function exportBookmarks(bookmarks: readonly Bookmark[]): Promise<void> {
  try {
    const place = await host().saveText('headscope-bookmarks.json', bookmarkFile(bookmarks));
    if (place === null) return;
    const many = bookmarks.length === 1 ? '1 bookmark' : `${bookmarks.length} bookmarks`;
    notify({ tone: 'ok', title: `Exported ${place}.`, detail: `${many}.`, topic: 'bookmarks' });
  } catch (thrown) {
    notifyError(thrown, 'The bookmarks were not exported');
  }
}

/** Adds what the file holds; a bookmark that is there already keeps the name and note that were written last. */
export function importBookmarks({ name, text }: Pick<OpenedText, 'name' | 'text'>): boolean {
  try {
    const { bookmarks: before } = preferencesStore.getState();
    const bookmarks = withBookmarks(before, readBookmarkFile(text));
    if (bookmarks.length > MOST_BOOKMARKS)
      throw new HeadscopeError(
        'LIMIT_EXCEEDED',
        `With them there would be ${bookmarks.length} bookmarks; at most ${MOST_BOOKMARKS} are kept. Remove some first.`,
      );
    setPreferences({ bookmarks });
    const added = bookmarks.length - before.length;
    const detail = added === 0 ? 'All of its bookmarks were there already.' : `${added} added, ${bookmarks.length} in all.`;
    notify({ tone: 'ok', title: `${name} opened.`, detail, topic: 'bookmarks' });
    return true;
  } catch (thrown) {
    refuse('Bookmarks not opened', name, thrown);
    return false;
  }
}

export async function chooseBookmarks(): Promise<void> {
  try {
    const opened = await host().openFile(BOOKMARK_FILES);
    if (opened) importBookmarks(opened);
  } catch (thrown) {
    refuse('File not opened', BOOKMARK_FILES.label, thrown);
  }
}
