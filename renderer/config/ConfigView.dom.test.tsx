// The config's table against a FakeClient: a large document, its comparison, its way in and out.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Params } from '../../engine/protocol/methods.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HostBridge } from '../host/bridge.ts';
import { setHost } from '../host/current.ts';
import { libraryDialogStore } from '../library/library_dialogs.ts';
import { applyPatterns, configStore, isEdited, loadUniform, setLive } from '../state/config_document.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { ghostStore } from '../state/ghost.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { measurementsStore, recordMeasurements } from '../state/measurements.ts';
import { DEFAULT_PREFERENCES, setPreferences } from '../state/preferences.ts';
import { clearReference, referenceStore, setReference } from '../state/reference.ts';
import { clearSelection, selectionStore } from '../state/selection.ts';
import { ConfigSummary } from './ConfigSummary.tsx';
import { ConfigView } from './ConfigView.tsx';

const LAYERS = 32;
const HEADS = 32;
const A: Pattern = { kind: 'vertical_slash', verticals: 512, slashes: 2048 };
const table = (layers: number, heads: number) => ({
  format: 'minference' as const,
  layers,
  heads,
  patterns: Array.from({ length: layers }, () => Array.from({ length: heads }, () => A)),
  scores: Array.from({ length: layers }, () => Array.from({ length: heads }, () => 0.9)),
  origins: Array.from({ length: layers }, () => Array.from({ length: heads }, () => null)),
  notes: ['Every head has the same pattern and budget.'],
});

const saved: { name: string; text: string }[] = [];
let chosen: { name: string; path: null; text: string } | null = null;
const refused = async (): Promise<never> => {
  throw new Error('not in this test');
};
const bridge: HostBridge = {
  kind: 'web',
  sharesFiles: false,
  connect: refused,
  openFile: async () => chosen,
  openFolder: async () => null,
  chooseSavePath: async () => null,
  saveText: async (name, text) => {
    saved.push({ name, text });
    return name;
  },
  savePng: async () => null,
  droppedPath: () => null,
  readPreferences: async () => null,
  writePreferences: async () => {},
  onPreferences: () => () => {},
  recent: async () => [],
  addRecent: async () => [],
  removeRecent: async () => [],
  onCommand: () => () => {},
  onOpenText: () => () => {},
  describeWindow: () => {},
};

let written: Params<'config.write'>[] = [];

beforeEach(() => {
  vi.stubGlobal('matchMedia', undefined);
  setHost(bridge);
  saved.length = 0;
  written = [];
  chosen = null;
  connectFake({
    'config.read': async ({ document }) => table(document === 'large' ? 80 : LAYERS, HEADS),
    'config.write': async (params) => {
      written.push(params);
      return { text: 'the text', notes: params.denseAs ? ['Dense heads are written otherwise.'] : [] };
    },
  });
  configStore.setState(configStore.getInitialState(), true);
  libraryStore.setState(libraryStore.getInitialState(), true);
  measurementsStore.setState(measurementsStore.getInitialState(), true);
  libraryDialogStore.setState({ dialog: null });
  clearReference();
  clearSelection();
  setPreferences({ checks: DEFAULT_PREFERENCES.checks });
  addRun(fakeRun({ layers: LAYERS, heads: HEADS, kvHeads: 8, rows: 4096 }), 'a run');
  showRun('run-1');
  focusStore.setState({ area: 'config', layer: 0, head: 0 });
  loadUniform(LAYERS, HEADS, A, 'a config');
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const grid = () => screen.getByRole('grid', { name: 'Heads of the config' });
const rowOf = (name: string) => within(grid()).getByRole('cell', { name }).closest('tr')!;
const record = (layer: number, head: number, recall: number, pattern: Pattern = A) =>
  act(() =>
    recordMeasurements('run-1', [
      { layer, head, measurement: { pattern, recall, missed: 1 - recall, minRecall: null, nominal: 0.1, executed: 0.2 } },
    ]),
  );
const edit = (layer: number, head: number, slashes: number) =>
  act(() => applyPatterns([{ layer, head, pattern: { ...A, slashes } }], 'hand', 'Edit'));

describe('the table of all heads', () => {
  it('draws the lines in sight of 1,024, and says how many there are', () => {
    render(<ConfigView />);
    expect(grid().getAttribute('aria-rowcount')).toBe('1025');
    expect(within(grid()).getAllByRole('row').length).toBeLessThan(60);
    expect(screen.getByRole('radio', { name: 'All 1,024' })).toBeDefined();
  });

  it('shows a number only for the pattern it was measured on', () => {
    render(<ConfigView />);
    record(0, 1, 0.875);
    expect(rowOf('L0 H1').textContent).toContain('0.875');
    expect(rowOf('L0 H1').textContent).toContain('12.5');
    edit(0, 1, 4096);
    expect(rowOf('L0 H1').textContent).toContain('stale');
    expect(rowOf('L0 H1').textContent).not.toMatch(/12.5|0\.875/);
  });

  it('is walked with the arrows, selects with Space, opens the map with Enter', () => {
    render(<ConfigView />);
    fireEvent.keyDown(grid(), { key: 'ArrowDown' });
    fireEvent.keyDown(grid(), { key: 'ArrowDown' });
    expect(focusStore.getState()).toMatchObject({ layer: 0, head: 2 });
    fireEvent.keyDown(grid(), { key: ' ' });
    expect(selectionStore.getState().heads).toEqual([{ layer: 0, head: 2 }]);
    fireEvent.keyDown(grid(), { key: 'Enter' });
    expect(focusStore.getState().area).toBe('map');
  });

  it('sorts by a column and finds heads by name', () => {
    render(<ConfigView />);
    record(9, 9, 0.25);
    fireEvent.click(within(grid()).getByRole('button', { name: 'Recall' }));
    expect(within(grid()).getAllByRole('row')[1]!.textContent).toContain('L9 H9');
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'L31 h2' } });
    expect(within(grid()).getAllByRole('row')).toHaveLength(2);
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'nothing like it' } });
    expect(screen.getByText('No head matches “nothing like it”.')).toBeDefined();
  });

  it('compares with a file: the changed heads, and its mask for the head that is clicked', () => {
    setReference('file.json', table(LAYERS, HEADS));
    render(<ConfigView />);
    edit(0, 3, 6096);
    fireEvent.click(screen.getByRole('radio', { name: 'Changed 1' }));
    const row = rowOf('L0 H3');
    expect(row.textContent).toContain('512 / 2,048');
    expect(row.textContent).toContain('512 / 6,096');
    fireEvent.click(row);
    expect(focusStore.getState()).toMatchObject({ layer: 0, head: 3 });
    expect(ghostStore.getState().ghost).toEqual({ layer: 0, head: 3, pattern: A });
  });

  it('selects all heads that the filter leaves, and none again', () => {
    render(<ConfigView />);
    fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'L3' } });
    const all = within(grid()).getByRole('checkbox', { name: 'Select the 32 heads shown' });
    fireEvent.click(all);
    expect(selectionStore.getState().heads).toHaveLength(HEADS);
    expect(selectionStore.getState().heads.every(({ layer }) => layer === 3)).toBe(true);
    expect(all.getAttribute('aria-checked')).toBe('true');
    fireEvent.click(all);
    expect(selectionStore.getState().heads).toEqual([]);
  });

  it('undoes and redoes by its buttons', () => {
    render(<ConfigView />);
    edit(0, 3, 6096);
    fireEvent.click(screen.getByRole('button', { name: 'Undo: Edit' }));
    expect(configStore.getState().entries[0]?.[3]?.pattern).toEqual(A);
    fireEvent.click(screen.getByRole('button', { name: 'Redo: Edit' }));
    expect(configStore.getState().entries[0]?.[3]?.pattern).toMatchObject({ slashes: 6096 });
  });
});

describe('the summary', () => {
  it('counts the changes by kind, and selects them', () => {
    setReference('file.json', table(LAYERS, HEADS));
    render(<ConfigSummary />);
    edit(0, 3, 6096);
    edit(5, 7, 4096);
    edit(5, 8, 1024);
    fireEvent.click(screen.getByRole('button', { name: 'Select 2: Budget raised' }));
    expect(selectionStore.getState().heads).toEqual([
      { layer: 0, head: 3 },
      { layer: 5, head: 7 },
    ]);
    expect(screen.getByText('3 of 1,024 heads')).toBeDefined();
  });

  it('states its thresholds, and checks by the ones typed', () => {
    render(<ConfigSummary />);
    record(0, 1, 0.875);
    const field = screen.getByRole('textbox', { name: 'Recall that is low' });
    expect(field).toHaveProperty('value', '0.80');
    expect(screen.queryByRole('button', { name: /of low recall/ })).toBeNull();
    fireEvent.change(field, { target: { value: '0.9' } });
    fireEvent.keyDown(field, { key: 'Enter' });
    fireEvent.click(screen.getByRole('button', { name: 'Select 1 of low recall' }));
    expect(selectionStore.getState().heads).toEqual([{ layer: 0, head: 1 }]);
    fireEvent.change(field, { target: { value: 'much' } });
    fireEvent.blur(field);
    expect(field).toHaveProperty('value', '0.90');
    const saving = screen.getByRole('textbox', { name: /Least saving/ });
    expect(saving).toHaveProperty('value', '20');
    fireEvent.change(saving, { target: { value: '85' } });
    fireEvent.blur(saving);
    expect(screen.getByRole('button', { name: 'Select 1 that save little' })).toBeDefined();
  });
});

describe('files', () => {
  it('come in as one step and become what the document is compared with', async () => {
    render(<ConfigView />);
    edit(0, 0, 100);
    chosen = { name: 'published.json', path: null, text: 'fits' };
    fireEvent.click(screen.getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(configStore.getState().name).toBe('published'));
    expect(referenceStore.getState().name).toBe('published.json');
    expect(configStore.getState().past).toHaveLength(2);
    expect(focusStore.getState().area).toBe('config');
  });

  it('of another model are refused, and nothing changes', async () => {
    render(<ConfigView />);
    edit(0, 0, 100);
    const before = configStore.getState().entries;
    chosen = { name: 'other.json', path: null, text: 'large' };
    fireEvent.click(screen.getByRole('button', { name: 'Import' }));
    await waitFor(() => expect(libraryDialogStore.getState().dialog).not.toBeNull());
    expect(libraryDialogStore.getState().dialog).toMatchObject({
      kind: 'refused',
      refusal: {
        code: 'CONFIG_MISMATCH',
        table: [{ label: 'Layers', here: '32', given: '80', wrong: true }, { wrong: false }, { label: 'Entries', wrong: true }],
      },
    });
    expect(configStore.getState().entries).toBe(before);
    expect(referenceStore.getState().name).toBeNull();
  });

  it('go out in both formats; dense heads are said and written as the whole prompt', async () => {
    render(<ConfigView />);
    act(() => applyPatterns([{ layer: 0, head: 0, pattern: { kind: 'dense' } }], 'hand', 'Edit'));
    expect(isEdited(configStore.getState())).toBe(true);
    fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    const item = screen.getByRole('menuitem', { name: /MInference JSON/ });
    expect(item.textContent).toContain('1 head dense');
    expect(item.textContent).toContain('1,024 heads without a score');
    // The engine's own words of what it would write, before anything is written.
    await waitFor(() => expect(item.textContent).toContain('Dense heads are written otherwise.'));
    expect(item.textContent).toContain('8 B');
    expect(saved).toEqual([]);
    fireEvent.click(item);
    await waitFor(() => expect(saved).toHaveLength(1));
    expect(written.at(-1)).toMatchObject({ to: 'minference', denseAs: { verticals: 4096, slashes: 4096 } });
    expect(saved[0]).toEqual({ name: 'a config.json', text: 'the text' });
    await waitFor(() => expect(isEdited(configStore.getState())).toBe(false));
  });

  it('are previewed with an edit under way, which stays one until something is written', async () => {
    render(<ConfigView />);
    const live = { layer: 0, head: 3, pattern: { kind: 'a_shape', sink: 7, window: 70 } } as const;
    act(() => setLive(live));
    const { past } = configStore.getState();
    fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    const item = screen.getByRole('menuitem', { name: /Headscope JSON/ });
    expect(item.textContent).toContain('The edit of L0 H3 under way is written, and kept as a step.');
    await waitFor(() => expect(written.map(({ patterns }) => patterns[0]?.[3])).toEqual([live.pattern, live.pattern]));
    expect(configStore.getState()).toMatchObject({ live, past });
    fireEvent.click(item);
    await waitFor(() => expect(saved).toHaveLength(1));
    expect(written.at(-1)?.patterns[0]?.[3]).toEqual(live.pattern);
    expect(configStore.getState().live).toBeNull();
    expect(configStore.getState().past).toHaveLength(past.length + 1);
  });

  it('carry the numbers of the patterns as they are, and none that are stale', async () => {
    render(<ConfigView />);
    record(0, 1, 0.875);
    record(0, 2, 0.75);
    edit(0, 2, 4096);
    fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    fireEvent.click(screen.getByRole('menuitem', { name: /Headscope JSON/ }));
    await waitFor(() => expect(saved).toHaveLength(1));
    expect(written.at(-1)?.measured?.rows).toEqual([0, 4096]);
    expect(written.at(-1)?.measured?.heads[0]?.slice(0, 3)).toEqual([null, { recall: 0.875, density: 0.2 }, null]);
    fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    fireEvent.click(screen.getByRole('menuitem', { name: /MInference JSON/ }));
    await waitFor(() => expect(saved).toHaveLength(2));
    expect(written.at(-1)?.to).toBe('minference');
    expect(written.at(-1)?.measured).toBeUndefined();
  });

  it('that MInference would run otherwise are refused before they are written', () => {
    render(<ConfigView />);
    act(() => applyPatterns([{ layer: 0, head: 0, pattern: { kind: 'block_sparse', blocks: 7 } }], 'hand', 'Edit'));
    fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    expect(screen.getByRole('menuitem', { name: /MInference JSON/ }).getAttribute('aria-disabled')).toBe('true');
    expect(screen.getByRole('menuitem', { name: /Headscope JSON/ }).getAttribute('aria-disabled')).toBeNull();
  });
});
