// Deleting a saved run from disk: the engine says what would go, the user decides, and only then it goes.
import type { Result } from '../../engine/protocol/methods.ts';
import { host } from '../host/current.ts';
import { connectionStore, engine } from '../state/connection.ts';
import { libraryStore } from '../state/library.ts';
import { notify } from '../state/notices.ts';
import { byteCount } from '../ui/numbers.ts';
import { refuse, showLibraryDialog } from './library_dialogs.ts';
import { forgetRecent } from './recents.ts';

export type RunFolder = Result<'run.folder'>;

/** Undefined: this host deletes. */
export function whyNotDeleted(): string | undefined {
  return connectionStore.getState().info?.writesFiles === true ? undefined : 'This host does not delete files.';
}

export const sizeOf = ({ files }: RunFolder): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

async function forget(place: string): Promise<void> {
  for (const entry of libraryStore.getState().recent) if (entry.kind === 'run' && entry.place === place) await forgetRecent(entry);
}

/** Asks before anything goes. What is no saved run is refused with the engine's reason. */
export async function askToDelete(place: string, name: string): Promise<void> {
  try {
    const folder = await engine().call('run.folder', { path: place });
    showLibraryDialog({ kind: 'delete-run', place, name, folder });
  } catch (thrown) {
    refuse('Run not deleted', name, thrown);
  }
}

/** Deletes what the user was shown; `place`: how the list of recent things knows it. */
export async function deleteRun(place: string, name: string): Promise<void> {
  try {
    const { path, bytes } = await engine().call('run.delete', { path: place });
    notify({ tone: 'ok', title: `${name} deleted.`, detail: `${path}, ${byteCount(bytes)}.`, topic: 'run deleted' });
    await forget(place);
  } catch (thrown) {
    refuse('Run not deleted', name, thrown);
  }
}

export async function chooseRunToDelete(): Promise<void> {
  const folder = await host().openFolder('Delete a saved run');
  if (folder) await askToDelete(folder.path, folder.name);
}
