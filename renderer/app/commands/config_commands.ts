// Editing and exporting the config; measuring and searching heads.
import { exportConfig } from '../../config/export_config.ts';
import { commitLive, configStore, redo, revertLive, undo } from '../../state/config_document.ts';
import { focusStore, type HeadPlace } from '../../state/focus.ts';
import { currentRun } from '../../state/library.ts';
import { measureHeads, unmeasuredHeads } from '../../state/measurements.ts';
import { searchHeads } from '../../state/searches.ts';
import { clearSelection, selectHeads, selectionStore } from '../../state/selection.ts';
import type { Command } from '../command_registry.ts';
import { needsRun, worstFirst } from './go_commands.ts';

export const needsEngine = (): true | string => {
  const run = currentRun();
  if (!run) return 'Needs a run.';
  return run.live ? true : 'The engine no longer holds this run.';
};

const hasDocument = (): true | string => (configStore.getState().entries.length > 0 ? needsRun() : 'No config is loaded.');

/** The selection where there is one, otherwise the head on screen. */
function chosen(): HeadPlace[] {
  const { heads } = selectionStore.getState();
  const { layer, head } = focusStore.getState();
  return heads.length > 0 ? [...heads] : [{ layer, head }];
}

function search(heads: readonly HeadPlace[]): void {
  const run = currentRun();
  if (run) searchHeads(run.info.runId, heads);
}

function headsOfLayers(layers: readonly number[]): HeadPlace[] {
  const heads = currentRun()?.info.heads ?? 0;
  return layers.flatMap((layer) => Array.from({ length: heads }, (_, head) => ({ layer, head })));
}

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
    id: 'head.search',
    title: 'Search selected heads again',
    group: 'Head',
    keys: ['R'],
    words: 're-run',
    when: needsEngine,
    run: () => search(chosen()),
  },
  {
    id: 'head.searchLayer',
    title: 'Search this layer again',
    group: 'Head',
    when: needsEngine,
    run: () => search(headsOfLayers([focusStore.getState().layer])),
  },
  {
    id: 'head.searchModel',
    title: 'Search the whole model again',
    group: 'Head',
    when: needsEngine,
    run: () => search(headsOfLayers(currentRun()?.info.layersPresent ?? [])),
  },
  {
    id: 'head.measure',
    title: 'Measure heads without a number',
    group: 'Head',
    words: 're-measure stale recall',
    when: () => {
      const ready = needsEngine();
      if (ready !== true) return ready;
      return unmeasuredHeads(currentRun()?.info.runId ?? '').length > 0 ? true : 'Every head is measured.';
    },
    run: () => {
      const run = currentRun();
      if (run) measureHeads(run.info.runId);
    },
  },
  {
    id: 'head.selectWorst',
    title: 'Select worst 12 heads',
    group: 'Head',
    when: () => (worstFirst().length > 0 ? true : 'No head is measured yet.'),
    run: () => selectHeads(worstFirst().slice(0, 12)),
  },
];
