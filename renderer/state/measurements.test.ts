import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, configStore, loadTable, loadUniform, redo, undo } from './config_document.ts';
import { fakeRun } from './fake_client.fixture.ts';
import { focusStore } from './focus.ts';
import { addRun, libraryStore, showRun } from './library.ts';
import { isStale, keepMeasurements, measurementOf, measurementsStore, recordMeasurements, unmeasuredHeads } from './measurements.ts';
import { runDocumentsStore } from './run_documents.ts';
import { surfacesStore } from './surfaces.ts';

const slash = (verticals: number, slashes = 200): Pattern => ({ kind: 'vertical_slash', verticals, slashes });
const place = { layer: 1, head: 2 };
const number = (pattern: Pattern, recall: number) => ({
  ...place,
  measurement: { pattern, recall, missed: 1 - recall, minRecall: null, nominal: 0.1, executed: 0.2 },
});
const at = () => measurementOf(measurementsStore.getState(), 'run-1', place);
const current = () => configStore.getState().entries[place.layer]?.[place.head]?.pattern ?? null;
const fresh = () => {
  const found = at();
  return found !== null && !isStale(found, current());
};
const set = (pattern: Pattern) => applyPatterns([{ ...place, pattern }], 'hand', 'edit');

beforeEach(() => {
  addRun(fakeRun(), 'run');
  showRun('run-1');
  loadUniform(2, 4, slash(100), 'start');
});

afterEach(() => {
  for (const store of [measurementsStore, configStore, libraryStore, surfacesStore, focusStore, runDocumentsStore])
    store.setState(store.getInitialState() as never, true);
});

describe('the numbers of a head', () => {
  it('are stale under another pattern, and fresh again when theirs comes back', () => {
    recordMeasurements('run-1', [number(slash(100), 0.9)]);
    expect(at()).toMatchObject({ recall: 0.9 });
    set(slash(500));
    expect(fresh()).toBe(false);
    expect(at()).toMatchObject({ recall: 0.9 });
    recordMeasurements('run-1', [number(slash(500), 0.99)]);
    expect(fresh()).toBe(true);
    undo();
    expect(at()).toMatchObject({ recall: 0.9 });
    expect(fresh()).toBe(true);
    redo();
    expect(at()).toMatchObject({ recall: 0.99 });
    expect(fresh()).toBe(true);
    set(slash(300));
    expect(fresh()).toBe(false);
    expect(unmeasuredHeads('run-1')).toContainEqual(place);
  });

  it('come with an import that has the same mask in other words', () => {
    recordMeasurements('run-1', [number(slash(100), 0.9)]);
    set({ kind: 'a_shape', sink: 4, window: 64 });
    const spelled: Pattern = { kind: 'vertical_slash', verticals: 100, slashes: 200, lastQueries: 64, forcedSinks: 30, forcedLocal: 100 };
    const patterns = Array.from({ length: 2 }, () => Array.from({ length: 4 }, () => spelled));
    const scores = patterns.map((row) => row.map(() => null));
    loadTable({ layers: 2, heads: 4, patterns, scores, notes: [] }, { name: 'file', origin: 'imported', label: 'Import file' });
    expect(fresh()).toBe(true);
    expect(at()).toMatchObject({ recall: 0.9 });
  });

  it('never stand for another estimator', () => {
    recordMeasurements('run-1', [number(slash(100), 0.9)]);
    set({ kind: 'vertical_slash', verticals: 100, slashes: 200, forcedLocal: 30 });
    expect(fresh()).toBe(false);
  });

  it('of a candidate wait until it is applied', () => {
    keepMeasurements('run-1', [number(slash(700), 0.97)]);
    expect(at()).toBeNull();
    set(slash(700));
    expect(fresh()).toBe(true);
    expect(at()).toMatchObject({ recall: 0.97 });
  });

  it('are read off a surface that is there, and known of dense', () => {
    set({ kind: 'block_sparse', blocks: 2 });
    expect(at()).toBeNull();
    const surface = {
      kind: 'block_sparse' as const,
      axes: [{ name: 'blocks', edges: [1, 2, 4] }],
      recall: [0.5, 0.75, 1],
      nominal: [0.1, 0.2, 1],
      executed: [0.2, 0.3, 1],
      bands: [],
      estimator: { blockSize: 64 },
      elapsedMs: 1,
    };
    const entry = { status: 'ready', progress: 1, surface, error: null, ranksStatus: 'absent', ranks: null, ranksError: null } as const;
    surfacesStore.setState({ entries: { 'run-1/1/2/block_sparse': entry } });
    expect(at()).toMatchObject({ recall: 0.75, executed: 0.3 });
    set({ kind: 'block_sparse', blocks: 4 });
    expect(at()).toMatchObject({ recall: 1 });
    set({ kind: 'dense' });
    expect(fresh()).toBe(true);
    expect(at()).toMatchObject({ recall: 1, executed: 1 });
  });

  it('of one run are not those of another', () => {
    addRun(fakeRun({ runId: 'run-2' }), 'other');
    recordMeasurements('run-1', [number(slash(100), 0.9)]);
    expect(measurementOf(measurementsStore.getState(), 'run-2', place)).toBeNull();
  });
});
