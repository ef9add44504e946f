// Ways in: the start screen, files dropped and chosen, and every refusal that keeps what was open.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { DropTarget } from './DropTarget.tsx';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { LibraryRail } from './LibraryRail.tsx';
import { closeLibrary, engineOf, openLibrary, PROMPTS } from './library.fixture.ts';
import { libraryDialogStore } from './library_dialogs.ts';
import { openText } from './open_files.ts';
import { examplePrompt, startingPattern } from './open_run.ts';
import { StartView } from './StartView.tsx';

beforeEach(openLibrary);
afterEach(() => {
  cleanup();
  closeLibrary();
});

describe('the start screen', () => {
  it('opens the example with one button, and remembers it', async () => {
    const ran: string[] = [];
    connectFake(engineOf(ran));
    render(<StartView />);
    fireEvent.click(screen.getByRole('button', { name: 'Open the example' }));
    await waitFor(() => expect(focusStore.getState().runId).toBe('run-1'));
    expect(ran).toEqual(['a b c d']);
    expect(configStore.getState().entries[1]?.[3]?.pattern).toEqual(startingPattern(256));
    await waitFor(() => expect(libraryStore.getState().recent[0]).toMatchObject({ kind: 'prefill', name: 'mixed', place: 'bundled:demo' }));
  });

  it('says why nothing can be opened while the engine is away', () => {
    connectionStore.setState({ status: 'lost', client: null });
    render(<StartView />);
    const button = screen.getByRole('button', { name: 'Open the example' });
    expect(button.getAttribute('aria-description')).toBe('The engine is not connected.');
  });

  it('lists what was opened before', () => {
    connectFake({});
    libraryStore.setState({ recent: [{ kind: 'run', name: 'needle-1m', place: 'runs:needle', openedAt: Date.now() }] });
    render(<StartView />);
    const row = screen.getByRole('row', { name: /needle-1m/ });
    expect(row.textContent).toContain('Saved run');
    expect(row.textContent).toContain('today');
  });
});

const tableOf = (layers: number, heads: number) => {
  const pattern: Pattern = { kind: 'a_shape', sink: 128, window: 512 };
  const rows = <T,>(value: T) => Array.from({ length: layers }, () => Array.from({ length: heads }, () => value));
  return { format: 'minference' as const, layers, heads, patterns: rows(pattern), scores: rows(null), origins: rows(null), notes: [] };
};

describe('files', () => {
  beforeEach(() => {
    addRun(fakeRun(), 'test run');
    showRun('run-1');
    loadUniform(2, 4, { kind: 'dense' }, 'mine');
    applyPatterns([{ layer: 0, head: 0, pattern: { kind: 'a_shape', sink: 30, window: 100 } }], 'hand', 'edit');
  });

  it('open as a config where they fit, as one step that undo takes back', async () => {
    connectFake({ 'config.read': async () => tableOf(2, 4) });
    await openText({ name: 'best.json', path: null, text: '[]' });
    expect(configStore.getState().entries[1]?.[1]?.pattern).toEqual({ kind: 'a_shape', sink: 128, window: 512 });
    expect(configStore.getState().past).toHaveLength(2);
  });

  it('of another model are refused with both shapes, and the edits stay', async () => {
    connectFake({ 'config.read': async () => tableOf(80, 64) });
    render(<LibraryDialogs />);
    const before = configStore.getState().entries;
    await act(() => openText({ name: 'Qwen2.5_72B.json', path: null, text: '[]' }));
    const dialog = screen.getByRole('dialog', { name: 'Config not opened' });
    expect(within(dialog).getByText('Qwen2.5_72B.json')).toBeTruthy();
    expect(within(dialog).getByRole('row', { name: /Layers/ }).textContent).toBe('Layers280 differs');
    expect(within(dialog).getByRole('row', { name: /Heads/ }).textContent).toBe('Heads per layer464 differs');
    expect(configStore.getState().entries).toBe(before);
    fireEvent.click(within(dialog).getByRole('button', { name: 'Close' }));
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('that are dropped on the window open as what they are', async () => {
    connectFake(engineOf());
    render(
      <>
        <DropTarget />
        <LibraryDialogs />
      </>,
    );
    const drop = async (file: File, folder = false) => {
      const items = [{ webkitGetAsEntry: () => ({ isDirectory: folder }) }];
      await act(async () => {
        fireEvent.drop(window, { dataTransfer: { files: [file], items, types: ['Files'] } });
        await new Promise((resolve) => setTimeout(resolve, 20));
      });
    };
    await drop(new File(['the quick brown fox'], 'story.txt'));
    expect(libraryDialogStore.getState().dialog).toMatchObject({ kind: 'new-run', prompt: { name: 'story', text: 'the quick brown fox' } });
    await drop(new File([new Uint8Array([0xff, 0xfe, 0x00, 0x80])], 'weights.txt'));
    expect(screen.getByRole('dialog', { name: 'File not opened' }).textContent).toContain('not UTF-8');
    await drop(new File([''], 'model'), true);
    expect(screen.getByRole('dialog', { name: 'Folder not opened' }).textContent).toContain('--models');
    await drop(new File(['  '], 'empty.txt'));
    expect(screen.getByRole('dialog', { name: 'Prompt not opened' }).textContent).toContain('holds no text');
    connectionStore.setState({ status: 'lost', client: null });
    await drop(new File(['[]'], 'patterns.json'));
    expect(screen.getByRole('dialog', { name: 'Config not opened' }).textContent).toContain('is not connected');
  });

  it('say what the window takes while they are over it', () => {
    render(<DropTarget />);
    fireEvent.dragEnter(window, { dataTransfer: { types: ['Files'] } });
    expect(screen.getByText('Drop to open')).toBeTruthy();
    fireEvent.dragLeave(window, { dataTransfer: { types: ['Files'] } });
    expect(screen.queryByText('Drop to open')).toBeNull();
    fireEvent.dragEnter(window, { dataTransfer: { types: ['text/plain'] } });
    expect(screen.queryByText('Drop to open')).toBeNull();
  });
});

describe('the rail', () => {
  it('renames a run and closes it after asking', async () => {
    const fake = connectFake({ 'run.close': async () => ({}) });
    addRun(fakeRun(), 'first');
    showRun('run-1');
    render(
      <>
        <LibraryRail />
        <LibraryDialogs />
      </>,
    );
    fireEvent.click(screen.getByRole('button', { name: 'Actions of first' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Rename' }));
    const field = screen.getByRole('textbox', { name: 'Name of the run' });
    fireEvent.change(field, { target: { value: 'second' } });
    fireEvent.submit(field.closest('form')!);
    expect(screen.getByRole('button', { name: 'Actions of second' })).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Actions of second' }));
    fireEvent.click(screen.getByRole('menuitem', { name: 'Close' }));
    fireEvent.click(screen.getByRole('button', { name: 'Close run' }));
    await waitFor(() => expect(fake.calls.map(({ method }) => method)).toEqual(['run.close']));
    expect(libraryStore.getState().runs).toEqual([]);
    expect(focusStore.getState().runId).toBeNull();
  });
});

describe('the example', () => {
  it('is the mixed prompt, or the longest short one', () => {
    expect(examplePrompt(PROMPTS)?.name).toBe('mixed');
    expect(examplePrompt(PROMPTS.slice(0, 1))?.name).toBe('kv');
    expect(examplePrompt([{ ...PROMPTS[0]!, tokensHint: 100_000 }])).toBeNull();
  });
});

vi.setConfig({ testTimeout: 15_000 });
