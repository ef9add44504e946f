// Editing and exporting the config.
import { exportConfig } from '../../config/export_config.ts';
import { commitLive, configStore, redo, revertLive, undo } from '../../state/config_document.ts';
import { focusStore, showArea } from '../../state/focus.ts';
import { referenceStore } from '../../state/reference.ts';
import { clearSelection } from '../../state/selection.ts';
import type { Command } from '../command_registry.ts';
import { needsRun } from './go_commands.ts';

const hasDocument = (): true | string => (configStore.getState().entries.length > 0 ? needsRun() : 'No config is loaded.');

export const configCommands: readonly Command[] = [
  {
    id: 'config.undo',
    title: 'Undo',
    group: 'Config',
    keys: ['Mod+Z'],
    when: () => (configStore.getState().past.length > 0 || configStore.getState().live ? true : 'Nothing to undo.'),
    run: undo,
  },
  {
    id: 'config.redo',
    title: 'Redo',
    group: 'Config',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    when: () => (configStore.getState().future.length > 0 ? true : 'Nothing to redo.'),
    run: redo,
  },
  {
    id: 'config.commit',
    title: 'Keep the edit',
    group: 'Config',
    keys: ['Enter'],
    when: () => (configStore.getState().live ? true : 'No edit is under way.'),
    run: () => commitLive(),
  },
  {
    id: 'config.revert',
    title: 'Revert the edit, or clear the selection',
    group: 'Config',
    keys: ['Escape'],
    run: () => {
      if (configStore.getState().live) revertLive();
      else if (focusStore.getState().frozen) focusStore.setState({ frozen: false });
      else clearSelection();
    },
  },
  {
    id: 'config.exportHeadscope',
    title: 'Export Headscope JSON',
    group: 'Config',
    keys: ['Mod+E'],
    when: hasDocument,
    run: () => exportConfig('headscope'),
  },
  {
    id: 'config.exportMInference',
    title: 'Export MInference JSON',
    group: 'Config',
    when: hasDocument,
    run: () => exportConfig('minference'),
  },
  {
    id: 'config.compare',
    title: 'Compare with the imported config',
    group: 'Config',
    keys: ['Mod+D'],
    words: 'diff difference reference',
    when: () => {
      const ready = hasDocument();
      if (ready !== true) return ready;
      return referenceStore.getState().table ? true : 'No config was imported into this run.';
    },
    run: () => showArea('config'),
  },
];
