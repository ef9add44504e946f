// The list of bookmarks: what a row says, and what each of its actions does to stores, files and the place on screen.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setHost } from '../host/current.ts';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import { bookmarkFile, readBookmarkFile } from '../state/bookmark_file.ts';
import { addBookmark } from '../state/bookmarks.ts';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { fakeRun } from '../state/fake_client.fixture.ts';
import { focusHead, focusStore, setHover, showArea } from '../state/focus.ts';
import { addRun, showRun } from '../state/library.ts';
import { DEFAULT_PREFERENCES, preferencesStore } from '../state/preferences.ts';
import { selectHeads, selectionStore } from '../state/selection.ts';
import { MAIN_VIEWPORT, setViewport, viewport } from '../state/viewports.ts';
import { BookmarkList } from './BookmarkList.tsx';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { closeLibrary, openLibrary } from './library.fixture.ts';

let bridge: FakeBridge;
const stored = () => preferencesStore.getState().bookmarks;

beforeEach(() => {
  openLibrary();
  bridge = new FakeBridge();
  setHost(bridge);
  addRun(fakeRun({ runId: 'run-1', rows: 256, promptHash: 'p' }), 'mixed');
  showRun('run-1');
  loadUniform(2, 4, { kind: 'a_shape', sink: 4, window: 32 }, 'c');
});
afterEach(() => {
  cleanup();
  closeLibrary();
  selectionStore.setState(selectionStore.getInitialState(), true);
  preferencesStore.setState(DEFAULT_PREFERENCES, true);
});

/** Head 1, 2 in the map, rows 16 to 32, the cursor at 20, 3. */
function bookmarkAPlace(): void {
  focusHead({ layer: 1, head: 2 }, { open: true });
  setViewport(MAIN_VIEWPORT, { q0: 16, q1: 32, k0: 0, k1: 16 });
  setHover({ q: 20, k: 3, source: 'map' });
  addBookmark();
}

const actions = (name: string) => {
  fireEvent.click(screen.getByRole('button', { name: `Actions of ${name}` }));
  return within(screen.getByRole('menu'));
};
const NAME = 'L1 H2, rows 16 to 32';

describe('the list of bookmarks', () => {
  it('says how one is made where there is none', () => {
    render(<BookmarkList noting={null} />);
    expect(screen.getByText(/No bookmarks yet. K keeps/)).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Export all' }).getAttribute('aria-disabled')).toBe('true');
  });

  it('shows head, rectangle, cursor and pattern, and goes back to them', () => {
    bookmarkAPlace();
    focusHead({ layer: 0, head: 0 });
    setViewport(MAIN_VIEWPORT, { q0: 0, q1: 256, k0: 0, k1: 256 });
    showArea('atlas');
    render(<BookmarkList noting={null} />);
    const row = screen.getByRole('listitem');
    expect(row.textContent).toContain('rows 16 to 31, keys 0 to 15; at 20, 3');
    expect(row.textContent).toContain('A-shape');
    fireEvent.click(within(row).getByRole('button', { name: NAME }));
    expect(focusStore.getState()).toMatchObject({ layer: 1, head: 2, area: 'map', hover: { q: 20, k: 3 } });
    expect(viewport()).toEqual({ q0: 16, q1: 32, k0: 0, k1: 16 });
  });

  it('keeps chosen heads of the atlas, and chooses them again', () => {
    selectHeads([
      { layer: 0, head: 1 },
      { layer: 1, head: 3 },
    ]);
    addBookmark();
    selectHeads([]);
    showArea('config');
    render(<BookmarkList noting={null} />);
    expect(screen.getByRole('listitem').textContent).toContain('L0 H1, L1 H3');
    fireEvent.click(screen.getByRole('button', { name: '2 heads' }));
    expect(selectionStore.getState().heads).toHaveLength(2);
    expect(focusStore.getState().area).toBe('atlas');
  });

  it('takes a note, where the one just made has the focus, and a name', async () => {
    bookmarkAPlace();
    render(
      <>
        <BookmarkList noting={stored()[0]?.id ?? ''} />
        <LibraryDialogs />
      </>,
    );
    const note = screen.getByRole('textbox', { name: `Note on ${NAME}` });
    expect(document.activeElement).toBe(note);
    fireEvent.change(note, { target: { value: 'needle lost here' } });
    expect(stored()[0]?.note).toBe('needle lost here');
    fireEvent.click(actions(NAME).getByRole('menuitem', { name: 'Rename' }));
    fireEvent.change(screen.getByRole('textbox', { name: 'Name of the bookmark' }), { target: { value: 'needle 3' } });
    fireEvent.click(screen.getByRole('button', { name: 'Rename bookmark' }));
    await waitFor(() => expect(screen.getByRole('button', { name: 'needle 3' })).toBeTruthy());
  });

  it('uses the pattern it was taken with as one step of undo, and offers it only where it differs', () => {
    bookmarkAPlace();
    render(<BookmarkList noting={null} />);
    expect(actions(NAME).queryByText(/Use its pattern/)).toBeNull();
    fireEvent.keyDown(screen.getByRole('menu'), { key: 'Escape' });
    act(() => applyPatterns([{ layer: 1, head: 2, pattern: { kind: 'dense' } }], 'hand', 'x'));
    fireEvent.click(actions(NAME).getByRole('menuitem', { name: /Use its pattern, A-shape/ }));
    expect(configStore.getState().entries[1]?.[2]?.pattern).toEqual({ kind: 'a_shape', sink: 4, window: 32 });
    expect(configStore.getState().past.at(-1)?.label).toBe(`Use the pattern of ${NAME}`);
  });

  it('says which run is missing for one of another prompt, and goes to it once it is open', () => {
    bookmarkAPlace();
    addRun(fakeRun({ runId: 'run-2', rows: 300 }), 'longer');
    act(() => showRun('run-2'));
    loadUniform(2, 4, { kind: 'dense' }, 'c');
    const { unmount } = render(<BookmarkList noting={null} />);
    const others = screen.getByRole('list', { name: 'Bookmarks of other runs' });
    expect(others.textContent).toContain('mixed, 256 tokens');
    fireEvent.click(within(others).getByRole('button', { name: NAME }));
    expect(focusStore.getState()).toMatchObject({ runId: 'run-1', layer: 1, head: 2 });
    unmount();
    preferencesStore.setState({ bookmarks: stored().map((bookmark) => ({ ...bookmark, of: { ...bookmark.of, rows: 9000 } })) });
    render(<BookmarkList noting={null} />);
    expect(screen.getByRole('button', { name: NAME }).getAttribute('aria-description')).toBe(
      'No run of fake with 9,000 tokens of that prompt is open.',
    );
  });

  it('exports all or one, opens a file of them, and refuses one that is wrong', async () => {
    bookmarkAPlace();
    render(<BookmarkList noting={null} />);
    fireEvent.click(screen.getByRole('button', { name: 'Export all' }));
    await waitFor(() => expect(bridge.saved).toHaveLength(1));
    expect(readBookmarkFile(bridge.saved[0]?.text ?? '')).toEqual(stored());
    const [made] = stored();
    if (!made) throw new Error('no bookmark');
    fireEvent.click(actions(NAME).getByRole('menuitem', { name: 'Remove' }));
    expect(stored()).toEqual([]);
    bridge.file = { name: 'theirs.json', path: null, text: bookmarkFile([made]) };
    fireEvent.click(screen.getByRole('button', { name: 'Open a file' }));
    await waitFor(() => expect(stored()).toEqual([made]));
    bridge.file = { name: 'theirs.json', path: null, text: '{"format":"headscope-bookmarks"}' };
    fireEvent.click(screen.getByRole('button', { name: 'Open a file' }));
    render(<LibraryDialogs />);
    const dialog = await screen.findByRole('dialog', { name: 'Bookmarks not opened' });
    expect(dialog.textContent).toContain('Your bookmarks were not changed.');
    expect(stored()).toEqual([made]);
  });
});
