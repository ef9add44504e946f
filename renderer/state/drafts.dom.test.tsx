import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { setHost } from '../host/current.ts';
import { FakeBridge, FakeDrafts } from '../host/fake_bridge.fixture.ts';
import { goToRun } from '../library/open_run.ts';
import { applyPatterns, configStore, entryOf, loadTable, markSaved, setLive, shownPattern, undo } from './config_document.ts';
import { draftOf, readDraft } from './draft_shape.ts';
import { keepDrafts } from './drafts.ts';
import { fakeRun } from './fake_client.fixture.ts';
import { focusStore } from './focus.ts';
import { addRun, dropRun, libraryStore } from './library.ts';
import { dismissRun, moveNotices, noticesStore } from './notices.ts';
import { referenceStore, setReference } from './reference.ts';
import { moveDocument, runDocumentsStore } from './run_documents.ts';

const RUN = fakeRun({ runId: 'a', promptHash: 'p', rows: 4096 });
const slash = (verticals: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes: 200 });
const PLACE = { layer: 1, head: 2 };
const edit = (verticals: number) => applyPatterns([{ ...PLACE, pattern: slash(verticals) }], 'hand', `to ${verticals}`);
const shown = () => shownPattern(configStore.getState(), PLACE);
const STORES = [configStore, focusStore, libraryStore, noticesStore, referenceStore, runDocumentsStore];

let drafts: FakeDrafts;
let stop: () => void = () => {};

/** As a page that was loaded anew, with the run of before. */
async function freshPage(run = RUN): Promise<void> {
  stop();
  const { written, room } = drafts;
  drafts = new FakeDrafts();
  drafts.room = room;
  drafts.left = written;
  for (const store of STORES) store.setState(store.getInitialState() as never, true);
  stop = await keepDrafts(drafts);
  addRun(run, 'mixed');
  goToRun(run.runId);
}

beforeEach(async () => {
  vi.useFakeTimers();
  setHost(new FakeBridge());
  drafts = new FakeDrafts();
  await freshPage();
});
afterEach(() => {
  stop();
  stop = () => {};
  vi.useRealTimers();
});

const settle = () => vi.advanceTimersByTimeAsync(1000);
const notice = () => noticesStore.getState().notices[0];

describe('edits that were not exported', () => {
  it('come back with the run after a reload, say so, and can be undone or discarded', async () => {
    const before = shown();
    edit(300);
    setLive({ layer: 0, head: 0, pattern: slash(444) });
    await settle();
    await freshPage();
    expect(shown()).toEqual(slash(300));
    expect(shownPattern(configStore.getState(), { layer: 0, head: 0 })).toEqual(slash(444));
    expect(notice()).toMatchObject({
      title: 'Edits restored.',
      detail: expect.stringMatching(/^mixed as it was on .*: 1 head edited, an edit under way\.$/),
    });
    notice()?.action?.run();
    expect(shown()).toEqual(before);
    undo();
    undo();
    expect(shown()).toEqual(before);
  });

  it('can be discarded once the run was made again, and from another run; the notice goes with the run', async () => {
    const before = shown();
    edit(300);
    await settle();
    await freshPage();
    expect(shown()).toEqual(slash(300));
    const again = { ...RUN, runId: 'again' };
    dropRun('a');
    addRun(again, 'mixed');
    moveDocument('a', 'again');
    moveNotices('a', 'again');
    addRun(fakeRun({ runId: 'b', promptHash: 'another', rows: 4096 }), 'other');
    goToRun('b');
    notice()?.action?.run();
    expect(focusStore.getState().runId).toBe('again');
    expect(shown()).toEqual(before);
    dismissRun('b');
    expect(notice()).toBeDefined();
    dismissRun('again');
    expect(notice()).toBeUndefined();
  });

  it('come back again after a second reload without another edit', async () => {
    edit(300);
    await settle();
    await freshPage();
    await settle();
    await freshPage();
    expect(shown()).toEqual(slash(300));
  });

  it('are written at once where the page goes away', () => {
    edit(300);
    window.dispatchEvent(new Event('pagehide'));
    expect(drafts.written).toHaveLength(1);
  });

  it('are forgotten once they are exported', async () => {
    edit(300);
    await settle();
    expect(drafts.written).toHaveLength(1);
    markSaved();
    edit(301);
    markSaved();
    await settle();
    expect(drafts.written).toEqual([]);
  });

  it('wait among the kept configs where another run opens', async () => {
    edit(300);
    await settle();
    await freshPage(fakeRun({ runId: 'b', promptHash: 'another', rows: 4096 }));
    expect(shown()).not.toEqual(slash(300));
    expect(noticesStore.getState().notices).toEqual([]);
    expect(runDocumentsStore.getState().kept).toMatchObject([{ name: 'fake' }]);
    await settle();
    addRun(RUN, 'mixed');
    goToRun('a');
    expect(shown()).toEqual(slash(300));
    expect(runDocumentsStore.getState().kept).toEqual([]);
  });

  it('do not take the place of a config that was opened for the run', async () => {
    edit(300);
    await settle();
    const { written } = drafts;
    await freshPage(fakeRun({ runId: 'b', promptHash: 'another', rows: 4096 }));
    expect(written).toHaveLength(1);
    const rows = Array.from({ length: 2 }, () => Array.from({ length: 4 }, () => slash(50)));
    const none = rows.map((row) => row.map(() => null));
    loadTable(
      { layers: 2, heads: 4, patterns: rows, scores: none, notes: [] },
      { name: 'theirs', fileName: 'theirs.json', origin: 'imported', label: 'Import' },
    );
    addRun(RUN, 'mixed');
    goToRun('a');
    expect(shown()).toEqual(slash(50));
    expect(runDocumentsStore.getState().kept).toHaveLength(1);
  });

  it('bring the file they were compared against', async () => {
    const rows = Array.from({ length: 2 }, () => Array.from({ length: 4 }, () => slash(50)));
    const none = rows.map((row) => row.map(() => null));
    const table = { format: 'minference' as const, layers: 2, heads: 4, patterns: rows, scores: none, origins: none, notes: [] };
    loadTable(table, { name: 'theirs', fileName: 'theirs.json', origin: 'imported', label: 'Import' });
    setReference('theirs.json', table);
    edit(300);
    await settle();
    await freshPage();
    expect(referenceStore.getState()).toMatchObject({ name: 'theirs.json', table: { patterns: rows } });
    expect(configStore.getState().fileName).toBe('theirs.json');
    expect(entryOf(configStore.getState(), { layer: 0, head: 0 })).toMatchObject({ pattern: slash(50), origin: 'imported' });
  });

  it('of older than a month, and what is no draft, are left out', async () => {
    edit(300);
    await settle();
    drafts.written = [{ ...(drafts.written[0] as object), savedAt: Date.now() - 31 * 24 * 3600 * 1000 }, { version: 1 }, 7];
    await freshPage();
    expect(shown()).not.toEqual(slash(300));
    expect(runDocumentsStore.getState().kept).toEqual([]);
  });
});

describe('a storage without room', () => {
  it('is said once, and the edits on screen stay', async () => {
    drafts.room = 10;
    edit(300);
    await settle();
    edit(301);
    await settle();
    expect(noticesStore.getState().notices.map(({ title }) => title)).toEqual(['There is no room to keep all edits.']);
    expect(shown()).toEqual(slash(301));
    drafts.room = Number.POSITIVE_INFINITY;
    edit(302);
    await settle();
    expect(drafts.written).toHaveLength(1);
  });

  it('keeps the document on screen, says so, and leaves what other windows left where it is', async () => {
    edit(300);
    await settle();
    const one = JSON.stringify(drafts.written).length;
    await freshPage(fakeRun({ runId: 'b', promptHash: 'another', rows: 4096 }));
    drafts.room = one + 40;
    edit(301);
    await settle();
    expect(runDocumentsStore.getState().kept).toHaveLength(1);
    expect(drafts.written).toHaveLength(1);
    expect(drafts.whole).toBe(false);
    expect(noticesStore.getState().notices).toMatchObject([{ title: 'There is no room to keep all edits.' }]);
    drafts.room = Number.POSITIVE_INFINITY;
    edit(302);
    await settle();
    expect(drafts.written).toHaveLength(2);
    expect(drafts.whole).toBe(true);
  });

  it('keeps the document without the file it was compared against', async () => {
    const rows = Array.from({ length: 2 }, (_, layer) => Array.from({ length: 4 }, (_, head) => slash(1000 * layer + head)));
    const none = rows.map((row) => row.map(() => null));
    setReference('large.json', { format: 'minference', layers: 2, heads: 4, patterns: rows, scores: none, origins: none, notes: [] });
    edit(300);
    await settle();
    const full = JSON.stringify(drafts.written).length;
    drafts.room = full - 10;
    edit(301);
    await settle();
    expect(drafts.written).toMatchObject([{ reference: null }]);
    expect(noticesStore.getState().notices).toEqual([]);
  });
});

describe('what is stored', () => {
  it('holds every distinct pattern once and reads back as it was', () => {
    edit(300);
    const config = configStore.getState();
    const stored = JSON.parse(
      JSON.stringify(draftOf({ name: null, identity: 'x', savedAt: 5, config, reference: { name: null, table: null } })),
    );
    expect(stored.document.patterns).toHaveLength(2);
    expect(readDraft(stored)?.config.entries).toEqual(config.entries);
    stored.document.heads[0][0][0] = 2;
    expect(readDraft(stored)).toBeNull();
  });
});
