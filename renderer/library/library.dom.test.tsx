// Ways in: the start screen, new runs, files dropped and chosen, and every refusal that keeps what was open.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HostBridge, OpenedText, RecentEntry } from '../host/bridge.ts';
import { setHost } from '../host/current.ts';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { noticesStore } from '../state/notices.ts';
import { DropTarget } from './DropTarget.tsx';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { LibraryRail } from './LibraryRail.tsx';
import { libraryDialogStore, openNewRun } from './library_dialogs.ts';
import { openText } from './open_files.ts';
import { examplePrompt, startingPattern } from './open_run.ts';
import { StartView } from './StartView.tsx';

const GB = 1e9;
let recent: RecentEntry[] = [];
let chosen: OpenedText | null = null;

const refuseConnection = async () => {
  throw new Error('not used');
};
const bridge: HostBridge = {
  kind: 'web',
  sharesFiles: false,
  connect: refuseConnection,
  openFile: async () => chosen,
  openFolder: async () => null,
  chooseSavePath: async () => null,
  saveText: async (name) => name,
  savePng: async (name) => name,
  droppedPath: () => null,
  readPreferences: async () => null,
  writePreferences: async () => {},
  onPreferences: () => () => {},
  recent: async () => recent,
  addRecent: async (entry) => {
    recent = [entry, ...recent];
    return recent;
  },
  removeRecent: async () => [],
  onCommand: () => () => {},
  onOpenText: () => () => {},
  engineProcess: null,
  tokenGate: null,
  setMenu: () => {},
  setTheme: () => {},
  describeWindow: () => {},
};

const INSPECTED = {
  path: 'bundled:demo',
  name: 'demo',
  architecture: 'LlamaForCausalLM',
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  hiddenSize: 32,
  intermediateSize: 64,
  vocabSize: 100,
  rope: {},
  rmsNormEps: 1e-5,
  parametersByDtype: {},
  parameters: 1,
  weightBytes: 1,
  files: [],
  tied: true,
  contextLength: 16384,
  tokenizerPresent: true,
  identity: 'x',
  weightsSha256: null,
  notes: [],
};

const tooLongError = (rows: number) =>
  new HeadscopeError('PROMPT_TOO_LONG', `${rows} tokens would hold too much. Up to 1800 tokens fit.`, {
    rows,
    bytes: rows * 1e6,
    usableBytes: 1.8 * GB,
    fits: 1800,
  });

/** An engine whose prefill holds 1 MB a token. */
const engineOf = (runs: string[] = []) => ({
  'tokenizer.encode': async ({ text }: { text: string }) => ({ ids: text.split(/\s+/).map((_, index) => index) }),
  'checkpoint.inspect': async () => ({ ...INSPECTED, plans: [] }),
  'checkpoint.plan': async ({ tokens }: { tokens: number }) => {
    if (tokens > 1800) throw tooLongError(tokens);
    const places = [
      { name: 'weights (mapped)', bytes: 50 * GB },
      { name: 'residual', bytes: tokens * 1e6 },
    ];
    const times = { linearMs: 1000, attentionMs: 500, totalMs: 1500 };
    const backends = [{ name: 'cpu', available: true, description: 'CPU', reason: '', times }];
    return { tokens, places, heldBytes: tokens * 1e6, usableBytes: 1.8 * GB, spilledBytes: tokens > 1000 ? 3e8 : 0, backends };
  },
  'run.prefill': async ({ prompt }: { prompt: { text: string } | { ids: number[] } }) => {
    runs.push('text' in prompt ? prompt.text : '');
    return fakeRun();
  },
});

const PROMPTS = [
  { id: 'bundled:prompts/kv.txt', name: 'kv', path: null, bundled: true, text: 'one two three', tokensHint: 3 },
  { id: 'bundled:prompts/mixed.txt', name: 'mixed', path: null, bundled: true, text: 'a b c d', tokensHint: 4 },
];

beforeEach(() => {
  recent = [];
  chosen = null;
  setHost(bridge);
  libraryStore.setState({ status: 'ready', models: [{ id: 'bundled:demo', name: 'demo', path: null, bundled: true }], prompts: PROMPTS });
  connectionStore.setState({
    info: { protocol: 1, build: 'x', devices: [], hardwareThreads: 2, availableBytes: 2 * GB, writesFiles: false },
  });
});
afterEach(() => {
  cleanup();
  for (const store of [configStore, connectionStore, focusStore, jobsStore, libraryDialogStore, libraryStore, noticesStore]) {
    store.setState(store.getInitialState() as never, true);
  }
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

describe('a new run', () => {
  it('states tokens and memory from the engine’s plan, then starts', async () => {
    const ran: string[] = [];
    connectFake(engineOf(ran));
    render(<LibraryDialogs />);
    act(() => openNewRun());
    await waitFor(() => expect(screen.getByText('4 tokens hold 4.0 MB of 1.8 GB that may be used.')).toBeTruthy());
    fireEvent.click(screen.getByRole('button', { name: 'Start run' }));
    await waitFor(() => expect(ran).toEqual(['a b c d']));
    expect(libraryDialogStore.getState().dialog).toBeNull();
  });

  it('says what goes to disk, and how long the prefill takes', async () => {
    connectFake(engineOf());
    render(<LibraryDialogs />);
    act(() => openNewRun({ prompt: { name: 'long', text: 'w '.repeat(1500).trim() } }));
    await waitFor(() => expect(screen.getByText(/^300 MB of layer inputs go to disk/)).toBeTruthy());
    expect(screen.getByText('Dense on the CPU: ≈ 1.5 s.')).toBeTruthy();
  });

  it('shows the head of a text too long to edit, and runs all of it', async () => {
    const ran: string[] = [];
    const encoded: number[] = [];
    connectFake({
      ...engineOf(ran),
      'tokenizer.encode': async ({ text }: { text: string }) => {
        encoded.push(text.length);
        return { ids: [1, 2, 3] };
      },
    });
    render(<LibraryDialogs />);
    const text = 'lorem ipsum '.repeat(250_000);
    act(() => openNewRun({ prompt: { name: 'book', text } }));
    expect(screen.queryByRole('textbox', { name: 'Prompt text' })).toBeNull();
    const head = screen.getByRole('region', { name: 'Beginning of the prompt' });
    expect(head.textContent).toBe(text.slice(0, 2000));
    expect(screen.getByText(/of 3,000,000 characters/)).toBeTruthy();
    // 3 ids for the first 2^20 characters are 9 for all of them.
    await waitFor(() => expect(screen.getByText(/^9 tokens hold .* estimated/)).toBeTruthy());
    expect(encoded).toEqual([1 << 20]);
    fireEvent.click(screen.getByRole('button', { name: 'Start run' }));
    await waitFor(() => expect(ran).toEqual([text]));
  });

  it('keeps a long paste out of the field', async () => {
    connectFake(engineOf());
    render(<LibraryDialogs />);
    act(() => openNewRun({ prompt: { name: 'mine', text: 'before after' } }));
    const field = screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Prompt text' });
    field.setSelectionRange(7, 7);
    fireEvent.paste(field, { clipboardData: { getData: () => 'x'.repeat(300_000) } });
    expect(screen.getByRole('region', { name: 'Beginning of the prompt' }).textContent).toMatch(/^before x+$/);
    fireEvent.click(screen.getByRole('button', { name: 'Clear text' }));
    expect(screen.getByRole('textbox', { name: 'Prompt text' })).toBeTruthy();
  });

  it('refuses what does not fit, with the numbers', async () => {
    const ran: string[] = [];
    connectFake(engineOf(ran));
    render(<LibraryDialogs />);
    act(() => openNewRun({ prompt: { name: 'long', text: 'w '.repeat(1999).trim() } }));
    const sentence = '1,999 tokens would hold 2.0 GB; 1.8 GB may be used. Up to 1,800 tokens fit.';
    await waitFor(() => expect(screen.getByText(sentence)).toBeTruthy());
    const start = screen.getByRole('button', { name: 'Start run' });
    expect(start.getAttribute('aria-description')).toBe(sentence);
    fireEvent.click(start);
    expect(ran).toEqual([]);
  });

  it('shows the engine’s sentence for a folder that is no model', async () => {
    connectFake({
      ...engineOf(),
      'checkpoint.inspect': async () => {
        throw Object.assign(new Error('config.json says 4 heads of 8 for a hidden size of 33.'), { code: 'CHECKPOINT_INVALID' });
      },
    });
    render(<LibraryDialogs />);
    act(() => openNewRun({ model: '/some/folder', modelName: 'folder' }));
    await waitFor(() => expect(screen.getAllByText(/hidden size of 33/).length).toBeGreaterThan(0));
  });

  it('is refused in a dialog where the engine says no after all', async () => {
    connectFake({
      ...engineOf(),
      'run.prefill': async () => {
        throw tooLongError(7644);
      },
    });
    render(
      <>
        <StartView />
        <LibraryDialogs />
      </>,
    );
    fireEvent.click(screen.getByRole('button', { name: 'Open the example' }));
    const dialog = await screen.findByRole('dialog', { name: 'Run not started' });
    expect(within(dialog).getByRole('row', { name: /Tokens/ }).textContent).toBe('Tokens1,8007,644 differs');
    expect(within(dialog).getByRole('row', { name: /Memory/ }).textContent).toContain('1.8 GB');
    expect(focusStore.getState().runId).toBeNull();
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
