import { beforeEach, describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, configStore, entryOf, isEdited, loadUniform, markSaved, setLive, shownPattern, undo } from './config_document.ts';
import { fakeRun } from './fake_client.fixture.ts';
import { focusHead, focusStore } from './focus.ts';
import { addRun, libraryStore, showRun } from './library.ts';
import { toggleLinkedPlace } from './links.ts';
import { measurementOf, measurementsStore, recordMeasurements, unmeasuredHeads } from './measurements.ts';
import { anyUnsaved, closeDocument, hasUnsavedEdits, keepIfUnsaved, moveDocument, openKept, runDocumentsStore } from './run_documents.ts';
import { selectHeads, selectionStore } from './selection.ts';
import { MAIN_VIEWPORT, setViewport, viewport, viewportsStore } from './viewports.ts';

const slash = (verticals: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes: 200 });
const place = { layer: 0, head: 1 };
const edit = (verticals: number) => applyPatterns([{ ...place, pattern: slash(verticals) }], 'hand', `to ${verticals}`);
const verticals = () => {
  const pattern = entryOf(configStore.getState(), place)?.pattern;
  return pattern?.kind === 'vertical_slash' ? pattern.verticals : null;
};

beforeEach(() => {
  for (const store of [configStore, focusStore, libraryStore, measurementsStore, runDocumentsStore, selectionStore, viewportsStore]) {
    store.setState(store.getInitialState() as never, true);
  }
  loadUniform(2, 4, slash(100), 'start');
  addRun(fakeRun({ runId: 'a' }), 'first');
  addRun(fakeRun({ runId: 'b' }), 'second');
  showRun('a');
});

describe('documents of runs', () => {
  it('keeps each run’s edits and history while another is on screen', () => {
    edit(300);
    showRun('b');
    // A further run of the same shape begins with the patterns on screen, but undo does not reach into the other run.
    expect(verticals()).toBe(300);
    expect(configStore.getState().past).toEqual([]);
    edit(500);
    edit(700);
    showRun('a');
    expect(verticals()).toBe(300);
    undo();
    expect(verticals()).toBe(100);
    showRun('b');
    expect(verticals()).toBe(700);
    undo();
    expect(verticals()).toBe(500);
  });

  it('takes head and place along where they are linked, into a run of another length as far as they fit', () => {
    addRun(fakeRun({ runId: 'long', rows: 1024 }), 'long');
    toggleLinkedPlace();
    setViewport(MAIN_VIEWPORT, { q0: 100, q1: 200, k0: 50, k1: 150 });
    focusHead({ layer: 1, head: 3 });
    showRun('b');
    focusHead({ layer: 0, head: 2 });
    setViewport(MAIN_VIEWPORT, { q0: 10, q1: 60, k0: 0, k1: 50 });
    showRun('a');
    expect(focusStore.getState()).toMatchObject({ layer: 0, head: 2 });
    expect(viewport()).toEqual({ q0: 10, q1: 60, k0: 0, k1: 50 });
    showRun('long');
    expect(viewport()).toEqual({ q0: 10, q1: 60, k0: 0, k1: 50 });
    setViewport(MAIN_VIEWPORT, { q0: 900, q1: 1000, k0: 0, k1: 100 });
    toggleLinkedPlace();
    showRun('a');
    expect(viewport()).toEqual({ q0: 10, q1: 60, k0: 0, k1: 50 });
  });

  it('keeps an edit that is still in hand, the selection, the head and the place in the map', () => {
    setLive({ ...place, pattern: slash(444) });
    selectHeads([place]);
    focusHead({ layer: 1, head: 3 });
    setViewport(MAIN_VIEWPORT, { q0: 10, q1: 40, k0: 0, k1: 30 });
    showRun('b');
    expect(configStore.getState().live).toBeNull();
    expect(selectionStore.getState().heads).toEqual([]);
    showRun('a');
    expect(shownPattern(configStore.getState(), place)).toEqual(slash(444));
    expect(selectionStore.getState().heads).toEqual([place]);
    expect(focusStore.getState()).toMatchObject({ layer: 1, head: 3 });
    expect(viewport()).toEqual({ q0: 10, q1: 40, k0: 0, k1: 30 });
  });

  it('tells followers of the version that another document is there, and keeps what was exported exported', () => {
    edit(300);
    markSaved();
    const before = configStore.getState().version;
    showRun('b');
    expect(configStore.getState().version).toBeGreaterThan(before);
    showRun('a');
    expect(isEdited(configStore.getState())).toBe(false);
    showRun('b');
    edit(900);
    showRun('a');
    expect(hasUnsavedEdits('a')).toBe(false);
    expect(hasUnsavedEdits('b')).toBe(true);
    expect(anyUnsaved()).toBe(true);
  });

  it('gives numbers to the document of the run they were measured on', () => {
    showRun('b');
    const measurement = { pattern: slash(100), recall: 0.9, missed: 0.1, minRecall: null, nominal: 0.2, executed: 0.3 };
    recordMeasurements('a', [{ ...place, measurement }]);
    expect(measurementOf(measurementsStore.getState(), 'b', place)).toBeNull();
    expect(measurementOf(measurementsStore.getState(), 'a', place)).toMatchObject({ recall: 0.9 });
    showRun('a');
    edit(300);
    expect(unmeasuredHeads('a')).toContainEqual(place);
    undo();
    expect(unmeasuredHeads('a')).not.toContainEqual(place);
  });

  it('goes with a run that is made again, history and all', () => {
    edit(300);
    showRun('b');
    edit(500);
    moveDocument('b', 'b2');
    moveDocument('a', 'a2');
    expect(focusStore.getState().runId).toBe('b2');
    expect(verticals()).toBe(500);
    addRun(fakeRun({ runId: 'a2' }), 'first again');
    showRun('a2');
    undo();
    expect(verticals()).toBe(100);
  });

  it('keeps the edits of a closed run, to be opened as one step', () => {
    edit(300);
    showRun('b');
    closeDocument('a', 'first');
    const [kept] = runDocumentsStore.getState().kept;
    expect(kept?.name).toBe('start, of first');
    edit(555);
    openKept(kept?.id ?? -1);
    expect(verticals()).toBe(300);
    expect(runDocumentsStore.getState().kept).toEqual([]);
    undo();
    expect(verticals()).toBe(555);
  });

  it('keeps nothing of a closed run without edits, and refuses a kept document of another shape', () => {
    showRun('b');
    closeDocument('a', 'first');
    expect(runDocumentsStore.getState().kept).toEqual([]);
    edit(300);
    keepIfUnsaved();
    loadUniform(3, 2, slash(100), 'other');
    const [kept] = runDocumentsStore.getState().kept;
    expect(() => openKept(kept?.id ?? -1)).toThrow(/has 2 layers of 4 heads; this run has 3 of 2\. Your config was not changed/);
    expect(runDocumentsStore.getState().kept).toHaveLength(1);
  });
});
