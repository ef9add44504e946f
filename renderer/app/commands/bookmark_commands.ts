// Bookmarks: places with their pattern, and a note.
import { chooseBookmarks, exportBookmarks } from '../../library/bookmark_actions.ts';
import { MOST_BOOKMARKS } from '../../state/bookmark_shape.ts';
import { addBookmark } from '../../state/bookmarks.ts';
import { focusStore, showArea } from '../../state/focus.ts';
import { announce } from '../../state/notices.ts';
import { preferencesStore, setPreferences } from '../../state/preferences.ts';
import type { Command } from '../command_registry.ts';
import { shellStore } from '../shell_state.ts';
import { needsRun } from './go_commands.ts';
import { onMap } from './view_commands.ts';

const hasRoom = (): true | string =>
  preferencesStore.getState().bookmarks.length < MOST_BOOKMARKS ? true : `There are ${MOST_BOOKMARKS} bookmarks; remove some first.`;

/** The drawer stands below map and comparison only. */
function showList(noting: string | null): void {
  const { area } = focusStore.getState();
  if (area !== 'map' && area !== 'compare') showArea('map');
  setPreferences({ drawerOpen: true });
  shellStore.setState({ drawerTab: 'bookmarks', noting });
}

export const bookmarkCommands: readonly Command[] = [
  {
    id: 'bookmark.add',
    title: 'Bookmark this place',
    group: 'Go',
    keys: ['K'],
    words: 'save snapshot region pattern selection heads',
    when: () => {
      const run = needsRun();
      return run === true ? hasRoom() : run;
    },
    run: () => {
      const bookmark = addBookmark();
      if (bookmark) announce(`${bookmark.name} bookmarked`);
    },
  },
  {
    id: 'bookmark.note',
    title: 'Bookmark this place and write a note',
    group: 'Go',
    keys: ['N'],
    words: 'save snapshot annotation pattern',
    when: () => {
      const map = onMap();
      return map === true ? hasRoom() : map;
    },
    run: () => {
      const bookmark = addBookmark();
      if (bookmark) showList(bookmark.id);
    },
  },
  {
    id: 'bookmark.list',
    title: 'Show the bookmarks',
    group: 'Go',
    words: 'snapshots notes places',
    when: needsRun,
    run: () => showList(null),
  },
  {
    id: 'bookmark.export',
    title: 'Export the bookmarks',
    group: 'File',
    words: 'save json snapshots notes',
    when: () => (preferencesStore.getState().bookmarks.length > 0 ? true : 'There are none.'),
    run: () => exportBookmarks(preferencesStore.getState().bookmarks),
  },
  { id: 'bookmark.import', title: 'Open bookmarks …', group: 'File', words: 'import json snapshots', run: chooseBookmarks },
];
