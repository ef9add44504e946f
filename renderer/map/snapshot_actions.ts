// Taking a snapshot of the map on screen and coming back to it.
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusHead, focusStore, headName } from '../state/focus.ts';
import { currentRun, type KnownRun, libraryStore, showRun } from '../state/library.ts';
import { announce } from '../state/notices.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { fits, type Snapshot, withNote, withSnapshot } from '../state/snapshots.ts';
import { MAIN_VIEWPORT, setViewport, viewport } from '../state/viewports.ts';

/** Of the head and view on screen; null without a run. */
export function takeSnapshot(): Snapshot | null {
  const run = currentRun();
  if (!run) return null;
  const { layer, head } = focusStore.getState();
  const made: Snapshot = {
    id: crypto.randomUUID(),
    at: Date.now(),
    model: run.info.model.name,
    run: run.name,
    rows: run.info.rows,
    layer,
    head,
    view: viewport(),
    pattern: shownPattern(configStore.getState(), { layer, head }),
    note: '',
  };
  setPreferences({ snapshots: withSnapshot(preferencesStore.getState().snapshots, made) });
  announce(`Snapshot of ${headName({ layer, head })} taken`);
  return made;
}

/** The run it can be looked at in: the one on screen, else the newest that fits. */
export function runFor(snapshot: Snapshot): KnownRun | null {
  const current = currentRun();
  if (current && fits(snapshot, current.info)) return current;
  return libraryStore.getState().runs.findLast(({ info }) => fits(snapshot, info)) ?? null;
}

/** False where no run is open that it fits. */
export function showSnapshot(snapshot: Snapshot): boolean {
  const run = runFor(snapshot);
  if (!run) return false;
  if (run.info.runId !== focusStore.getState().runId) showRun(run.info.runId);
  focusHead(snapshot, { open: true });
  setViewport(MAIN_VIEWPORT, snapshot.view);
  return true;
}

export function removeSnapshot(id: string): void {
  setPreferences({ snapshots: preferencesStore.getState().snapshots.filter((snapshot) => snapshot.id !== id) });
}

export function noteSnapshot(id: string, note: string): void {
  setPreferences({ snapshots: withNote(preferencesStore.getState().snapshots, id, note) });
}
