// What each open run has of its own: the config document with its undo history, the file it is compared against, the chosen heads and
// the place in the map. The stores hold those of the run on screen; the others wait here, so that going from run to run loses nothing.
import { createStore } from 'zustand/vanilla';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { type ConfigState, configStore, isEdited, loadDocument, setLive } from './config_document.ts';
import { focusStore, type HeadPlace } from './focus.ts';
import { linksStore } from './links.ts';
import { type ReferenceState, referenceStore } from './reference.ts';
import { type SelectionState, selectionStore } from './selection.ts';
import { type ViewportsState, viewportsStore } from './viewports.ts';

interface Desk {
  config: ConfigState;
  reference: ReferenceState;
  selection: SelectionState;
  viewports: ViewportsState;
  head: HeadPlace;
}

/** A document whose run, or whose window, was closed before its edits were exported. */
export interface KeptDocument {
  id: number;
  /** 'demo-model, of mixed' */
  name: string;
  config: ConfigState;
  /** Set: of a window that is gone, and brought back where a run of this identity opens. */
  left: { identity: string; savedAt: number; reference: ReferenceState } | null;
}

export interface RunDocumentsState {
  /** By run; the run on screen is not among them. */
  waiting: Readonly<Record<string, Desk>>;
  kept: readonly KeptDocument[];
}

export const runDocumentsStore = createStore<RunDocumentsState>()(() => ({ waiting: {}, kept: [] }));

let nextId = 1;

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record;
  return rest;
}

/** Sets what is on screen aside under `runId`. */
function putAside(runId: string): void {
  const { layer, head } = focusStore.getState();
  const desk: Desk = {
    config: configStore.getState(),
    reference: referenceStore.getState(),
    selection: selectionStore.getState(),
    viewports: viewportsStore.getState(),
    head: { layer, head },
  };
  runDocumentsStore.setState(({ waiting }) => ({ waiting: { ...waiting, [runId]: desk } }));
}

/** Counts on where the last document stopped: whoever follows `version` sees that another document is there. */
function takeUp(config: ConfigState): void {
  const { version } = configStore.getState();
  const saved = config.savedVersion === config.version;
  configStore.setState({ ...config, version: version + 1, savedVersion: saved ? version + 1 : -1 });
}

/** The heads' patterns without history: what a further run of the same model starts with. */
function inherited(config: ConfigState): ConfigState {
  return { ...config, live: null, past: [], future: [], savedVersion: config.version };
}

/**
 * Brings back what `runId` had when it was on screen last. A run that comes for the first time begins with the patterns on screen,
 * without their history. Call before the focus moves to the run.
 */
export function openDocument(runId: string): void {
  const from = focusStore.getState().runId;
  if (from === runId) return;
  const desk = runDocumentsStore.getState().waiting[runId];
  if (from !== null) putAside(from);
  if (desk) {
    takeUp(desk.config);
    referenceStore.setState(desk.reference);
    selectionStore.setState(desk.selection);
    if (!linksStore.getState().place) {
      viewportsStore.setState(desk.viewports);
      focusStore.setState(desk.head);
    }
    runDocumentsStore.setState(({ waiting }) => ({ waiting: without(waiting, runId) }));
    return;
  }
  // With no run on screen the document is one that was opened for the run to come: its history is its own.
  if (from !== null) takeUp(inherited(configStore.getState()));
  selectionStore.setState(selectionStore.getInitialState());
}

/** The document of a run, on screen or not; null where there is none. */
export function documentOf(runId: string): ConfigState | null {
  if (focusStore.getState().runId === runId) return configStore.getState();
  return runDocumentsStore.getState().waiting[runId]?.config ?? null;
}

/** A run was made again under another id, which takes its place: on screen too, with history and all. */
export function moveDocument(from: string, to: string): void {
  if (focusStore.getState().runId === from) focusStore.setState({ runId: to });
  runDocumentsStore.setState(({ waiting }) => {
    const desk = waiting[from];
    return desk ? { waiting: { ...without(waiting, from), [to]: desk } } : {};
  });
}

const isUnsaved = (config: ConfigState): boolean => isEdited(config) && (config.past.length > 0 || config.live !== null);

/** True where the run's document has edits that were not exported. */
export function hasUnsavedEdits(runId: string): boolean {
  const config = documentOf(runId);
  return config !== null && isUnsaved(config);
}

/** Puts a document among the kept ones. */
export function keep(config: ConfigState, name: string, left: KeptDocument['left'] = null): void {
  const kept: KeptDocument = { id: nextId++, name, config, left };
  runDocumentsStore.setState((state) => ({ kept: [...state.kept, kept] }));
}

/** The document on screen gives way to that of a run which it does not fit: edits that were not exported are kept. */
export function keepIfUnsaved(): void {
  const config = configStore.getState();
  if (isUnsaved(config)) keep(config, config.name || 'config');
}

/** The run is closed and another one is on screen: edits that were not exported are kept. */
export function closeDocument(runId: string, runName: string): void {
  const config = runDocumentsStore.getState().waiting[runId]?.config;
  if (!config) return;
  if (isUnsaved(config)) keep(config, `${config.name || 'config'}, of ${runName}`);
  runDocumentsStore.setState(({ waiting }) => ({ waiting: without(waiting, runId) }));
}

/** A document with edits that are not in any file, and the run it is of where that one is open. */
export interface UnsavedDocument {
  runId: string | null;
  /** Null: its config's own. */
  name: string | null;
  config: ConfigState;
  reference: ReferenceState;
  left: KeptDocument['left'];
}

/** The one on screen first. */
export function unsavedDocuments(): UnsavedDocument[] {
  const { waiting, kept } = runDocumentsStore.getState();
  const none: ReferenceState = { name: null, table: null };
  const shown = { runId: focusStore.getState().runId, config: configStore.getState(), reference: referenceStore.getState() };
  const open = [shown, ...Object.entries(waiting).map(([runId, desk]) => ({ runId, ...desk }))].filter(({ config }) => isUnsaved(config));
  return [
    ...open.map(({ runId, config, reference }) => ({ runId, name: null, config, reference, left: null })),
    ...kept.map(({ name, config, left }) => ({ runId: null, name, config, reference: left?.reference ?? none, left })),
  ];
}

/** Any document, on screen or not, with edits that were not exported. */
export function anyUnsaved(): boolean {
  const { waiting, kept } = runDocumentsStore.getState();
  return kept.length > 0 || isUnsaved(configStore.getState()) || Object.values(waiting).some(({ config }) => isUnsaved(config));
}

/** Puts a kept document in place of the one on screen, as one step that undo takes back. Throws CONFIG_MISMATCH where it does not fit. */
export function openKept(id: number): void {
  const document = runDocumentsStore.getState().kept.find((other) => other.id === id);
  if (!document) return;
  const { layers, heads } = configStore.getState();
  const { config, name } = document;
  if (focusStore.getState().runId !== null && (layers !== config.layers || heads !== config.heads)) {
    throw new HeadscopeError(
      'CONFIG_MISMATCH',
      `${name} has ${config.layers} layers of ${config.heads} heads; this run has ${layers} of ${heads}. Your config was not changed.`,
      { file: { layers: config.layers, heads: config.heads }, run: { layers, heads } },
    );
  }
  const live = config.live;
  loadDocument(config, `Open ${name}`);
  if (live) setLive(live);
  forgetKept(id);
}

export function forgetKept(id: number): void {
  runDocumentsStore.setState(({ kept }) => ({ kept: kept.filter((document) => document.id !== id) }));
}
