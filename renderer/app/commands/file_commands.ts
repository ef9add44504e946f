// Opening, saving, closing; the picture as a file.
import { host } from '../../host/current.ts';
import { chooseRunToDelete, whyNotDeleted } from '../../library/delete_run.ts';
import { openNewRun, showLibraryDialog } from '../../library/library_dialogs.ts';
import { chooseFolder, chooseText } from '../../library/open_files.ts';
import { openExample, saveRun } from '../../library/open_run.ts';
import { mapOnScreen } from '../../map/map_actions.ts';
import { mapPicture } from '../../map/map_export.ts';
import { currentRun } from '../../state/library.ts';
import { notify } from '../../state/notices.ts';
import type { Command } from '../command_registry.ts';
import { needsRun } from './go_commands.ts';
import { needsEngine } from './head_commands.ts';

const needsFolders = (): true | string => (host().sharesFiles ? true : 'This host opens folders from its library only.');

async function savePicture(): Promise<void> {
  const { blob, fileName } = await mapPicture();
  const place = await host().savePng(fileName, blob);
  if (place !== null) notify({ tone: 'ok', title: 'Picture written.', detail: place, topic: 'picture' });
}

export const fileCommands: readonly Command[] = [
  { id: 'file.newRun', title: 'New run …', group: 'Run', keys: ['Mod+Alt+N'], words: 'prefill prompt model', run: () => openNewRun() },
  { id: 'file.example', title: 'Open the example', group: 'Run', words: 'demo model bundled', run: async () => void (await openExample()) },
  {
    id: 'file.open',
    title: 'Open a config or prompt …',
    group: 'File',
    keys: ['Mod+O'],
    words: 'import minference json text file',
    run: () => chooseText(),
  },
  { id: 'file.openModel', title: 'Open a model folder …', group: 'File', when: needsFolders, run: () => chooseFolder('model') },
  { id: 'file.openRun', title: 'Open a saved run …', group: 'File', when: needsFolders, run: () => chooseFolder('run') },
  { id: 'file.openCapture', title: 'Open a capture of q, k, v …', group: 'File', when: needsFolders, run: () => chooseFolder('capture') },
  {
    id: 'file.deleteRun',
    title: 'Delete a saved run …',
    group: 'File',
    words: 'remove disk folder',
    when: () => {
      const folders = needsFolders();
      return folders === true ? (whyNotDeleted() ?? true) : folders;
    },
    run: chooseRunToDelete,
  },
  {
    id: 'file.saveRun',
    title: 'Save run …',
    group: 'File',
    keys: ['Mod+S'],
    when: () => {
      const ready = needsEngine();
      if (ready !== true) return ready;
      return host().sharesFiles ? true : 'This host does not write runs.';
    },
    run: async () => {
      const run = currentRun();
      if (run) await saveRun(run.info.runId);
    },
  },
  {
    id: 'file.exportPng',
    title: 'Export the map as PNG',
    group: 'File',
    keys: ['Mod+Shift+E'],
    words: 'picture figure image',
    when: () => (mapOnScreen() ? needsRun() : 'Needs the map on screen.'),
    run: savePicture,
  },
  {
    id: 'file.closeRun',
    title: 'Close run …',
    group: 'Run',
    when: needsRun,
    run: () => {
      const run = currentRun();
      if (run) showLibraryDialog({ kind: 'close', runId: run.info.runId });
    },
  },
];
