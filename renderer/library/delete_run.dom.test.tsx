// Deleting a saved run: what is shown before, what is asked of the engine, what a refusal leaves.
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { RecentEntry } from '../host/bridge.ts';
import { setHost } from '../host/current.ts';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import { connectionStore } from '../state/connection.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { addRun, libraryStore } from '../state/library.ts';
import { noticesStore } from '../state/notices.ts';
import { LibraryDialogs } from './LibraryDialogs.tsx';
import { closeLibrary, openLibrary } from './library.fixture.ts';
import { Recent } from './Recent.tsx';

const ENTRY: RecentEntry = { kind: 'run', name: 'needle', place: '/runs/needle', openedAt: 1 };
const FOLDER = {
  path: '/runs/needle',
  model: 'tiny',
  rows: 7644,
  created: '2025-01-02T03:04:05.678Z',
  files: [
    { name: 'layer-inputs.safetensors', bytes: 120_000_000 },
    { name: 'run.json', bytes: 5_000 },
  ],
};

let bridge: FakeBridge;
beforeEach(() => {
  openLibrary();
  bridge = new FakeBridge();
  bridge.recentList = [ENTRY];
  setHost(bridge);
  libraryStore.setState({ recent: [ENTRY] });
  connectionStore.setState(({ info }) => ({ info: info && { ...info, writesFiles: true } }));
});
afterEach(() => {
  cleanup();
  closeLibrary();
});

const show = () => {
  render(
    <>
      <Recent entries={libraryStore.getState().recent} noEngine={undefined} />
      <LibraryDialogs />
    </>,
  );
  fireEvent.click(screen.getByRole('button', { name: 'Delete needle from disk' }));
};

it('says what goes, and deletes it only when told', async () => {
  const fake = connectFake({ 'run.folder': async () => FOLDER, 'run.delete': async () => ({ path: FOLDER.path, bytes: 120_005_000 }) });
  show();
  const dialog = await screen.findByRole('dialog', { name: 'Delete needle from disk' });
  for (const said of ['/runs/needle', '7,644 tokens on tiny', 'layer-inputs.safetensors', '120 MB', 'nothing else', 'cannot be taken back'])
    expect(dialog.textContent).toContain(said);
  fireEvent.click(screen.getByRole('button', { name: 'Keep run' }));
  expect(fake.calls.map(({ method }) => method)).toEqual(['run.folder']);
  fireEvent.click(screen.getByRole('button', { name: 'Delete needle from disk' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Delete 120 MB' }));
  await waitFor(() => expect(libraryStore.getState().recent).toEqual([]));
  expect(fake.calls.at(-1)).toEqual({ method: 'run.delete', params: { path: '/runs/needle' } });
  expect(noticesStore.getState().notices[0]).toMatchObject({ title: 'needle deleted.', detail: '/runs/needle, 120 MB.' });
});

it('says that an open run of it stays', async () => {
  connectFake({ 'run.folder': async () => FOLDER });
  addRun(fakeRun(), 'needle', { method: 'run.open', params: { path: '/runs/needle' } });
  show();
  const dialog = await screen.findByRole('dialog', { name: 'Delete needle from disk' });
  expect(dialog.textContent).toContain('The run stays open here');
});

it('is refused with the engine’s reason, and keeps the entry', async () => {
  connectFake({
    'run.folder': async () => {
      throw new HeadscopeError('RUN_INVALID', '/runs/needle holds notes.md, which is not of a saved run; nothing was deleted.');
    },
  });
  show();
  const dialog = await screen.findByRole('dialog', { name: 'Run not deleted' });
  expect(dialog.textContent).toContain('notes.md, which is not of a saved run; nothing was deleted.');
  expect(libraryStore.getState().recent).toEqual([ENTRY]);
});

it('is not offered by a host that writes nothing', () => {
  act(() => connectionStore.setState(({ info }) => ({ info: info && { ...info, writesFiles: false } })));
  render(<Recent entries={[ENTRY]} noEngine={undefined} />);
  expect(screen.queryByRole('button', { name: 'Delete needle from disk' })).toBeNull();
});
