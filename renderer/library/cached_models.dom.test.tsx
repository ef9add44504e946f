// Models of the Hugging Face cache: where they are offered, and what one that cannot be opened says.
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectFake } from '../state/fake_client.fixture.ts';
import { libraryStore } from '../state/library.ts';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { closeLibrary, engineOf, openLibrary } from './library.fixture.ts';
import { libraryDialogStore } from './library_dialogs.ts';
import { StartView } from './StartView.tsx';

const WHISPER = 'config.json: whisper is no decoder-only language model.';

beforeEach(() => {
  openLibrary();
  connectFake(engineOf());
  const cached = { path: null, bundled: false };
  libraryStore.setState(({ models }) => ({
    models: [
      ...models,
      { ...cached, id: 'org/net', name: 'org/net', hub: { bytes: 988_000_000, problem: null } },
      { ...cached, id: 'org/speech', name: 'org/speech', hub: { bytes: 1_500_000, problem: WHISPER } },
    ],
  }));
});
afterEach(() => {
  cleanup();
  closeLibrary();
});

it('stand on the start screen with their size, and open a new run', () => {
  render(<StartView />);
  const table = within(screen.getByRole('region', { name: 'Hugging Face cache' }));
  expect(table.getByRole('row', { name: /org\/net/ }).textContent).toContain('988 MB');
  const speech = table.getByRole('row', { name: /org\/speech/ });
  expect(speech.textContent).toContain(WHISPER);
  fireEvent.click(within(speech).getByRole('button', { name: 'org/speech' }));
  expect(libraryDialogStore.getState().dialog).toBeNull();
  fireEvent.click(table.getByRole('button', { name: 'org/net' }));
  expect(libraryDialogStore.getState().dialog).toMatchObject({ kind: 'new-run', model: 'org/net', modelName: 'org/net' });
});

it('are a group of the models of a new run, where what cannot be opened cannot be chosen', () => {
  libraryDialogStore.setState({ dialog: { kind: 'new-run', model: null, modelName: null, prompt: null } });
  render(<LibraryDialogs />);
  const model = screen.getByRole('combobox', { name: 'Model' });
  fireEvent.click(model);
  const list = within(screen.getByRole('listbox', { name: 'Model' }));
  expect(list.getByText('Hugging Face cache')).toBeTruthy();
  const speech = list.getByRole('option', { name: /org\/speech/ });
  expect(speech.getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(speech);
  expect(model.textContent).toContain('demo');
  fireEvent.click(list.getByRole('option', { name: /org\/net/ }));
  expect(model.textContent).toContain('org/net');
});
