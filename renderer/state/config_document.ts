// The document a user edits and exports: a pattern for every head and where it came from. Every change is one
// undoable step; a drag writes `live` as often as it likes and becomes a step when it is committed.
import { createStore } from 'zustand/vanilla';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { ConfigTable } from '../../engine/protocol/whole_model.ts';
import type { HeadPlace } from './focus.ts';
import { samePattern } from './pattern_identity.ts';

export type Origin = 'imported' | 'searched' | 'hand' | 'default';

export interface HeadEntry {
  pattern: Pattern;
  origin: Origin;
  /** As the file or the search gave it; its meaning is its procedure's. */
  score: number | null;
  /** How it was chosen, where its origin has more to say: a search's objective, a file's own word. */
  how: string | null;
}

export interface LiveEdit extends HeadPlace {
  pattern: Pattern;
}

interface Change extends HeadPlace {
  before: HeadEntry;
  after: HeadEntry;
}
/** What undo brings back. A load replaces the whole document. */
export interface Step {
  /** 'Set L14 H21 to 1,000 / 4,096' */
  label: string;
  changes: readonly Change[];
  load: { before: DocumentBody; after: DocumentBody } | null;
}

export interface DocumentBody {
  /** 'llama-3.1-8b tuned' */
  name: string;
  /** Null: not of a file. */
  fileName: string | null;
  layers: number;
  heads: number;
  /** [layers][heads]; empty before the first load. */
  entries: readonly (readonly HeadEntry[])[];
  notes: readonly string[];
}

export interface ConfigState extends DocumentBody {
  /** An edit under way; not in `entries` yet. */
  live: LiveEdit | null;
  past: readonly Step[];
  future: readonly Step[];
  /** Counts every change of `entries`; for what must follow them. */
  version: number;
  /** `version` when it was exported or loaded last. */
  savedVersion: number;
}

const EMPTY: DocumentBody = { name: '', fileName: null, layers: 0, heads: 0, entries: [], notes: [] };
const MOST_STEPS = 200;

export const configStore = createStore<ConfigState>()(() => ({
  ...EMPTY,
  live: null,
  past: [],
  future: [],
  version: 0,
  savedVersion: 0,
}));

export function entryOf(state: DocumentBody, { layer, head }: HeadPlace): HeadEntry | null {
  return state.entries[layer]?.[head] ?? null;
}

/** What the picture shows: the live edit where there is one, the entry otherwise. */
export function shownPattern(state: ConfigState, place: HeadPlace): Pattern | null {
  const { live } = state;
  if (live && live.layer === place.layer && live.head === place.head) return live.pattern;
  return entryOf(state, place)?.pattern ?? null;
}

/** The entries as they are on screen: the live edit in its head's place. */
export function shownEntries(state: ConfigState): DocumentBody['entries'] {
  const { live, entries } = state;
  if (!live || !entryOf(state, live)) return entries;
  const entry: HeadEntry = { pattern: live.pattern, origin: 'hand', score: null, how: null };
  return withEntries(entries, [{ layer: live.layer, head: live.head, entry }]);
}

export function isEdited(state: ConfigState): boolean {
  return state.version !== state.savedVersion || state.live !== null;
}

function body({ name, fileName, layers, heads, entries, notes }: DocumentBody): DocumentBody {
  return { name, fileName, layers, heads, entries, notes };
}

function withEntries(entries: DocumentBody['entries'], changes: readonly (HeadPlace & { entry: HeadEntry })[]): DocumentBody['entries'] {
  const rows = new Map<number, HeadEntry[]>();
  for (const { layer, head, entry } of changes) {
    const row = rows.get(layer) ?? [...(entries[layer] ?? [])];
    row[head] = entry;
    rows.set(layer, row);
  }
  return entries.map((row, layer) => rows.get(layer) ?? row);
}

function push(state: ConfigState, step: Step): Pick<ConfigState, 'past' | 'future' | 'version'> {
  return { past: [...state.past, step].slice(-MOST_STEPS), future: [], version: state.version + 1 };
}

export interface HeadEdit extends HeadPlace {
  pattern: Pattern;
  score?: number | null;
  how?: string | null;
}

/** Gives heads new patterns as one step. Heads outside the document and edits that change nothing are left out. */
export function applyPatterns(edits: readonly HeadEdit[], origin: Origin, label: string): void {
  configStore.setState((state) => {
    const changes: Change[] = [];
    for (const { layer, head, pattern, score, how } of edits) {
      const before = entryOf(state, { layer, head });
      if (!before || (samePattern(before.pattern, pattern) && before.origin === origin && score === undefined && how === undefined))
        continue;
      const after: HeadEntry = { pattern, origin, score: score ?? null, how: how ?? null };
      changes.push({ layer, head, before, after });
    }
    const { live } = state;
    const overtaken = live !== null && edits.some(({ layer, head }) => layer === live.layer && head === live.head);
    if (changes.length === 0) return overtaken ? { live: null } : {};
    const entries = withEntries(
      state.entries,
      changes.map(({ layer, head, after }) => ({ layer, head, entry: after })),
    );
    return { entries, live: overtaken ? null : live, ...push(state, { label, changes, load: null }) };
  });
}

/** An edit under way. One head at a time: an edit of another head is committed first, so that none is lost. */
export function setLive(live: LiveEdit): void {
  const current = configStore.getState().live;
  if (current && (current.layer !== live.layer || current.head !== live.head)) commitLive();
  const entry = entryOf(configStore.getState(), live);
  if (!entry) return;
  configStore.setState({ live: samePattern(entry.pattern, live.pattern) ? null : live });
}

/** The edit under way becomes one step. */
export function commitLive(label?: string): void {
  const { live } = configStore.getState();
  if (!live) return;
  applyPatterns([live], 'hand', label ?? `Edit L${live.layer} H${live.head}`);
  configStore.setState({ live: null });
}

export function revertLive(): void {
  configStore.setState({ live: null });
}

function replay(state: ConfigState, step: Step, side: 'before' | 'after'): Partial<ConfigState> {
  if (step.load) return { ...body(step.load[side]) };
  return {
    entries: withEntries(
      state.entries,
      step.changes.map((change) => ({ layer: change.layer, head: change.head, entry: change[side] })),
    ),
  };
}

/** An edit under way is reverted first: that is the newest thing the user did. */
export function undo(): void {
  configStore.setState((state) => {
    if (state.live) return { live: null };
    const step = state.past.at(-1);
    if (!step) return {};
    return { ...replay(state, step, 'before'), past: state.past.slice(0, -1), future: [...state.future, step], version: state.version + 1 };
  });
}

export function redo(): void {
  configStore.setState((state) => {
    const step = state.future.at(-1);
    if (!step) return {};
    return {
      ...replay(state, step, 'after'),
      live: null,
      past: [...state.past, step],
      future: state.future.slice(0, -1),
      version: state.version + 1,
    };
  });
}

export interface DocumentSource {
  name: string;
  fileName?: string | null;
  origin: Origin;
  label: string;
}

/** A document put in place of the one on screen, as one step that undo takes back; its own history is not brought along. */
export function loadDocument(after: DocumentBody, label: string): void {
  configStore.setState((state) => ({
    ...body(after),
    live: null,
    ...push(state, { label, changes: [], load: { before: body(state), after: body(after) } }),
  }));
}

/** Puts the table in place of the document, as one step that undo takes back; the first load is no step. */
export function loadTable(
  table: Omit<ConfigTable, 'format' | 'origins'> & Partial<Pick<ConfigTable, 'origins'>>,
  { name, fileName = null, origin, label }: DocumentSource,
): void {
  const after: DocumentBody = {
    name,
    fileName,
    layers: table.layers,
    heads: table.heads,
    notes: table.notes,
    entries: table.patterns.map((row, layer) =>
      row.map((pattern, head) => ({
        pattern,
        origin,
        score: table.scores[layer]?.[head] ?? null,
        how: table.origins?.[layer]?.[head] ?? null,
      })),
    ),
  };
  configStore.setState((state) => {
    const first = state.entries.length === 0;
    const history = first
      ? { past: [], future: [], version: state.version + 1 }
      : push(state, { label, changes: [], load: { before: body(state), after } });
    return { ...after, live: null, ...history, savedVersion: origin === 'imported' || first ? history.version : state.savedVersion };
  });
}

/** Every head with the same pattern: what a document starts as before anything is searched or loaded. */
export function loadUniform(layers: number, heads: number, pattern: Pattern, name: string): void {
  const patterns = Array.from({ length: layers }, () => Array.from({ length: heads }, () => pattern));
  const scores = patterns.map((row) => row.map(() => null));
  loadTable({ layers, heads, patterns, scores, notes: [] }, { name, origin: 'default', label: `Set every head of ${name}` });
}

/** The document as it is was written somewhere safe. */
export function markSaved(): void {
  configStore.setState(({ version }) => ({ savedVersion: version }));
}
