// Every bookmark, newest first, those of the run on screen before the others: its place, its pattern, its note.
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { mapPicture, untilSharp } from '../map/map_export.ts';
import { type Bookmark, fitsRun, MOST_NOTE_CHARS } from '../state/bookmark_shape.ts';
import { noteBookmark, removeBookmark, runFor } from '../state/bookmarks.ts';
import { applyPatterns, configStore, shownPattern } from '../state/config_document.ts';
import { focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { notify, notifyError } from '../state/notices.ts';
import { samePattern } from '../state/pattern_identity.ts';
import { preferencesStore } from '../state/preferences.ts';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton, type MenuItem } from '../ui/Menu.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import { chooseBookmarks, exportBookmarks, goToBookmark } from './bookmark_actions.ts';
import { showLibraryDialog } from './library_dialogs.ts';
import './bookmark_list.css';

/** `noting`: the bookmark whose note takes the focus. */
export function BookmarkList({ noting }: { noting: string | null }) {
  const bookmarks = useStore(preferencesStore, (state) => state.bookmarks);
  const runId = useStore(focusStore, (state) => state.runId);
  const info = useStore(libraryStore, (state) => runOf(state, runId)?.info ?? null);
  // Which run a bookmark fits follows from the runs there are.
  useStore(libraryStore, (state) => state.runs);
  const newest = bookmarks.toReversed();
  const here = newest.filter((bookmark) => info !== null && fitsRun(bookmark, info));
  const others = newest.filter((bookmark) => !here.includes(bookmark));
  const files = (
    <span className="bookmark-files">
      <Button small look="ghost" icon="import" onClick={() => void chooseBookmarks()}>
        Open a file
      </Button>
      <Button
        small
        look="ghost"
        icon="export"
        disabledBecause={bookmarks.length === 0 ? 'There are no bookmarks.' : undefined}
        onClick={() => void exportBookmarks(bookmarks)}
      >
        Export all
      </Button>
    </span>
  );
  if (bookmarks.length === 0)
    return (
      <EmptyState action={files}>
        No bookmarks yet. K keeps the head, the view, the cursor and the pattern on screen; N also asks for a note.
      </EmptyState>
    );
  return (
    <div className="bookmarks">
      {files}
      <ul aria-label="Bookmarks">
        {here.map((bookmark) => (
          <Row key={bookmark.id} bookmark={bookmark} noting={noting === bookmark.id} />
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h3>Of other runs</h3>
          <ul aria-label="Bookmarks of other runs">
            {others.map((bookmark) => (
              <Row key={bookmark.id} bookmark={bookmark} noting={false} />
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

const span = (from: number, to: number) => `${wholeNumber(Math.max(0, Math.floor(from)))} to ${wholeNumber(Math.ceil(to) - 1)}`;

function placeText({ view, cell, heads }: Bookmark): string {
  if (view === null) return heads.map(headName).join(', ');
  const rectangle = `rows ${span(view.q0, view.q1)}, keys ${span(view.k0, view.k1)}`;
  return cell ? `${rectangle}; at ${wholeNumber(cell.q)}, ${wholeNumber(cell.k)}` : rectangle;
}

async function savePicture(bookmark: Bookmark): Promise<void> {
  try {
    if (!goToBookmark(bookmark)) return;
    await untilSharp();
    const { blob, fileName } = await mapPicture();
    const saved = await host().savePng(fileName, blob);
    if (saved !== null) notify({ tone: 'ok', title: `Saved ${saved}`, detail: `${bookmark.name}, as drawn now.` });
  } catch (thrown) {
    notifyError(thrown, 'The picture was not saved');
  }
}

function Row({ bookmark, noting }: { bookmark: Bookmark; noting: boolean }) {
  const note = useRef<HTMLInputElement>(null);
  const { id, name, layer, head, view, pattern, of } = bookmark;
  const run = runFor(bookmark);
  const onScreen = useStore(focusStore, (state) => run !== null && state.runId === run.info.runId);
  const current = useStore(configStore, (state) => shownPattern(state, { layer, head }));
  const missing = run ? undefined : `No run of ${of.model} with ${wholeNumber(of.rows)} tokens of that prompt is open.`;
  useEffect(() => {
    if (noting) note.current?.focus();
  }, [noting]);
  const actions: MenuItem[] = [
    { id: 'rename', label: 'Rename', run: () => showLibraryDialog({ kind: 'rename-bookmark', id }) },
    ...(onScreen && pattern !== null && current !== null && !samePattern(pattern, current)
      ? [
          {
            id: 'pattern',
            label: `Use its pattern, ${patternText(pattern)}`,
            icon: 'check' as const,
            run: () => applyPatterns([{ layer, head, pattern }], 'hand', `Use the pattern of ${name}`),
          },
        ]
      : []),
    ...(view === null
      ? []
      : [
          {
            id: 'picture',
            label: 'Save its map as PNG',
            icon: 'export' as const,
            disabledBecause: missing,
            run: () => void savePicture(bookmark),
          },
        ]),
    { id: 'file', label: 'Export this bookmark', icon: 'file', run: () => void exportBookmarks([bookmark]) },
    { id: 'remove', label: 'Remove', icon: 'close', separated: true, run: () => removeBookmark(id) },
  ];
  return (
    <li>
      <Button look="link" small className="trunc" disabledBecause={missing} onClick={() => goToBookmark(bookmark)}>
        {name}
      </Button>
      <span className="t3 sm trunc" title={placeText(bookmark)}>
        {run && (onScreen || view === null) ? placeText(bookmark) : `${of.run || of.model}, ${wholeNumber(of.rows)} tokens`}
      </span>
      <span className="sm trunc">{pattern ? patternText(pattern) : ''}</span>
      <input
        ref={note}
        className="field"
        aria-label={`Note on ${name}`}
        placeholder="Note"
        maxLength={MOST_NOTE_CHARS}
        value={bookmark.note}
        onChange={(event) => noteBookmark(id, event.currentTarget.value)}
      />
      <MenuButton label={`Actions of ${name}`} align="end" items={actions}>
        <Icon name="more" />
      </MenuButton>
    </li>
  );
}
