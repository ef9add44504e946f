// The rail's bookmarks: of the model and prompt on screen.
import { useStore } from 'zustand';
import type { Bookmark } from '../state/bookmark_shape.ts';
import { addBookmark, bookmarksHere, removeBookmark } from '../state/bookmarks.ts';
import { focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { IconButton } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { goToBookmark } from './bookmark_actions.ts';
import { showLibraryDialog } from './library_dialogs.ts';
import './library_rail.css';

export function BookmarksSection() {
  const all = useStore(preferencesStore, (state) => state.bookmarks);
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const here = bookmarksHere(all, run?.info ?? null);
  return (
    <section aria-label="Bookmarks">
      <div className="lib-rail-head">
        <h2>Bookmarks</h2>
        <IconButton icon="plus" label="Bookmark this place" keys="K" onClick={() => void addBookmark()} />
      </div>
      {here.length === 0 && (
        <p className="lib-none">
          <Kbd keys="K" /> keeps a head’s place, or selected heads.
        </p>
      )}
      <ul>
        {here.map((bookmark) => (
          <BookmarkRow key={bookmark.id} bookmark={bookmark} />
        ))}
      </ul>
    </section>
  );
}

function BookmarkRow({ bookmark }: { bookmark: Bookmark }) {
  const { id, name, note, view } = bookmark;
  const where = view ? headName(bookmark) : 'Atlas';
  return (
    <li className="lib-row">
      <button type="button" className="lib-row-main" onClick={() => goToBookmark(bookmark)} title={note ? `${name}: ${note}` : name}>
        <Icon name="bookmark" />
        <span className="trunc grow">{name}</span>
        {!name.startsWith(where) && <span className="lib-meta">{where}</span>}
      </button>
      <MenuButton
        label={`Actions of ${name}`}
        align="end"
        items={[
          { id: 'rename', label: 'Rename', run: () => showLibraryDialog({ kind: 'rename-bookmark', id }) },
          { id: 'remove', label: 'Remove', icon: 'close', run: () => removeBookmark(id) },
        ]}
      >
        <Icon name="more" />
      </MenuButton>
    </li>
  );
}
