import { beforeEach, describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import {
  applyPatterns,
  commitLive,
  configStore,
  entryOf,
  isEdited,
  loadTable,
  loadUniform,
  redo,
  revertLive,
  setLive,
  shownPattern,
  undo,
} from './config_document.ts';

const slash = (verticals: number, slashes: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes });
const at = (layer: number, head: number) => entryOf(configStore.getState(), { layer, head });

beforeEach(() => {
  configStore.setState(configStore.getInitialState(), true);
  loadUniform(2, 3, slash(100, 200), 'start');
});

describe('the config document', () => {
  it('starts without history and without edits', () => {
    expect(configStore.getState().past).toEqual([]);
    expect(isEdited(configStore.getState())).toBe(false);
    expect(at(1, 2)).toMatchObject({ origin: 'default', pattern: slash(100, 200) });
  });

  it('makes one step of a whole drag', () => {
    for (const verticals of [110, 130, 170, 250]) setLive({ layer: 0, head: 1, pattern: slash(verticals, 200) });
    expect(at(0, 1)?.pattern).toEqual(slash(100, 200));
    expect(shownPattern(configStore.getState(), { layer: 0, head: 1 })).toEqual(slash(250, 200));
    commitLive();
    expect(at(0, 1)).toMatchObject({ pattern: slash(250, 200), origin: 'hand' });
    expect(configStore.getState().past).toHaveLength(1);
    undo();
    expect(at(0, 1)).toMatchObject({ pattern: slash(100, 200), origin: 'default' });
    redo();
    expect(at(0, 1)?.pattern).toEqual(slash(250, 200));
  });

  it('leaves no step behind an edit that comes back to where it began, or is reverted', () => {
    setLive({ layer: 0, head: 0, pattern: slash(300, 200) });
    setLive({ layer: 0, head: 0, pattern: slash(100, 200) });
    expect(configStore.getState().live).toBeNull();
    setLive({ layer: 0, head: 0, pattern: slash(300, 200) });
    revertLive();
    commitLive();
    expect(configStore.getState().past).toEqual([]);
  });

  it('commits the edit of a head when another head is edited', () => {
    setLive({ layer: 0, head: 0, pattern: slash(300, 200) });
    setLive({ layer: 1, head: 0, pattern: slash(400, 200) });
    expect(at(0, 0)?.pattern).toEqual(slash(300, 200));
    expect(configStore.getState().live).toMatchObject({ layer: 1, head: 0 });
  });

  it('applies to many heads as one step, with how they were chosen', () => {
    const edits = [0, 1, 2].map((head) => ({ layer: 0, head, pattern: slash(500, 700), score: 0.97, how: 'released search' }));
    applyPatterns([...edits, { layer: 9, head: 0, pattern: slash(1, 1) }], 'searched', 'Apply to 3 heads');
    expect(configStore.getState().past.map((step) => step.changes.length)).toEqual([3]);
    expect(at(0, 0)).toMatchObject({ score: 0.97, how: 'released search', origin: 'searched' });
    undo();
    expect(at(0, 0)).toMatchObject({ score: null, how: null, origin: 'default' });
  });

  it('takes a load back by undo, the shape included', () => {
    const other = { layers: 1, heads: 1, patterns: [[{ kind: 'dense' as const }]], scores: [[null]], notes: [] };
    loadTable(other, { name: 'file', fileName: 'file.json', origin: 'imported', label: 'Import file.json' });
    expect(configStore.getState()).toMatchObject({ layers: 1, heads: 1, name: 'file' });
    expect(isEdited(configStore.getState())).toBe(false);
    undo();
    expect(configStore.getState()).toMatchObject({ layers: 2, heads: 3, name: 'start' });
    expect(isEdited(configStore.getState())).toBe(true);
    redo();
    expect(configStore.getState()).toMatchObject({ layers: 1, name: 'file' });
  });

  it('forgets what could be redone when something new is done', () => {
    applyPatterns([{ layer: 0, head: 0, pattern: slash(1, 2) }], 'hand', 'a');
    undo();
    applyPatterns([{ layer: 0, head: 0, pattern: slash(3, 4) }], 'hand', 'b');
    redo();
    expect(at(0, 0)?.pattern).toEqual(slash(3, 4));
  });
});
