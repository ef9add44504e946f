// A run that is about to start: what it takes, and every reason that it cannot.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectFake } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { closeLibrary, engineOf, openLibrary, tooLongError } from './library.fixture.ts';
import { libraryDialogStore, openNewRun } from './library_dialogs.ts';
import { StartView } from './StartView.tsx';

beforeEach(openLibrary);
afterEach(() => {
  cleanup();
  closeLibrary();
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

vi.setConfig({ testTimeout: 15_000 });
