// Documents that were not exported outlive the page: they are written beside it as they change, and brought back when the run they are
// of opens again, or wait among the kept ones.
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { DraftStore } from '../host/bridge.ts';
import { configStore, type DocumentBody, loadDocument, setLive } from './config_document.ts';
import { draftOf, identityOf, readDraft } from './draft_shape.ts';
import { focusStore } from './focus.ts';
import { libraryStore, runOf, showRun } from './library.ts';
import { notify } from './notices.ts';
import { referenceStore, setReference } from './reference.ts';
import { forgetKept, hasUnsavedEdits, keep, runDocumentsStore, type UnsavedDocument, unsavedDocuments } from './run_documents.ts';
import { searchedUnasked } from './searches.ts';

const MOST_DRAFTS = 12;
const LONGEST_MS = 30 * 24 * 3600 * 1000;
const WRITE_DELAY_MS = 400;

const NO_REFERENCE = { name: null, table: null };

function draftsOf(documents: readonly UnsavedDocument[], now: number) {
  const runs = libraryStore.getState();
  return documents.slice(0, MOST_DRAFTS).map(({ runId, name, config, reference, left }) => {
    const run = runOf(runs, runId);
    return { name, identity: run ? identityOf(run.info) : (left?.identity ?? null), savedAt: left?.savedAt ?? now, config, reference };
  });
}

/** Less and less of it until there is room: first without the files compared against, then without one document after the other, the one
 * on screen last. What other windows left stays where it is until all of it is written. */
function writeAll(store: DraftStore, documents: readonly UnsavedDocument[]): boolean {
  const sources = draftsOf(documents, Date.now());
  const bare = sources.map((source) => ({ ...source, reference: NO_REFERENCE })).map(draftOf);
  const whole = sources.length === documents.length;
  if (store.write(sources.map(draftOf), { whole }) || store.write(bare, { whole })) return true;
  for (let count = bare.length - 1; count > 0; count -= 1) if (store.write(bare.slice(0, count), { whole: false })) return false;
  return false;
}

let toldOfRoom = false;

function sayNoRoom(): void {
  if (toldOfRoom) return;
  toldOfRoom = true;
  notify({
    tone: 'warn',
    title: 'There is no room to keep all edits.',
    detail: 'The browser’s storage is full: after a crash or a reload some edits would be gone. Export them.',
    topic: 'drafts',
  });
}

/** Takes up what windows that are gone have left, and keeps what this one edits. Returns what stops it. */
export async function keepDrafts(store: DraftStore): Promise<() => void> {
  const left = await store.claim().catch(() => []);
  const now = Date.now();
  for (const stored of left) {
    const draft = readDraft(stored);
    if (!draft || now - draft.savedAt > LONGEST_MS) continue;
    const { identity, savedAt, reference, config } = draft;
    const name = draft.name ?? (config.name || 'config');
    keep(config, name, identity === null ? null : { identity, savedAt, reference });
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  let written = '';
  const write = () => {
    clearTimeout(timer);
    timer = undefined;
    const documents = unsavedDocuments();
    // What has not changed since is not written again: a store calls for every look at another head.
    const now = documents
      .map(({ config, left, runId }) => `${runId} ${config.version} ${left?.savedAt} ${JSON.stringify(config.live)}`)
      .join();
    if (now === written) return;
    if (writeAll(store, documents)) toldOfRoom = false;
    else sayNoRoom();
    written = now;
  };
  const later = () => {
    timer ??= setTimeout(write, WRITE_DELAY_MS);
  };
  const stops = [configStore, runDocumentsStore, focusStore, referenceStore].map((each) => each.subscribe(later));
  // A page that goes away, or a phone that freezes it, does not wait for a timer.
  const hidden = () => document.visibilityState === 'hidden' && write();
  window.addEventListener('pagehide', write);
  document.addEventListener('visibilitychange', hidden);
  later();
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
    window.removeEventListener('pagehide', write);
    document.removeEventListener('visibilitychange', hidden);
  };
}

const clock = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const heads = (count: number, what: string) => `${count.toLocaleString('en-US')} ${count === 1 ? 'head' : 'heads'} ${what}`;

function whatIsIn({ entries }: DocumentBody, live: boolean): string {
  const all = entries.flat();
  const of = (origin: string) => all.filter((entry) => entry.origin === origin).length;
  const [edited, searched, imported] = [of('hand'), of('searched'), of('imported')];
  return [
    ...(edited > 0 ? [heads(edited, 'edited')] : []),
    ...(live ? ['an edit under way'] : []),
    ...(searched > 0 ? [heads(searched, 'searched')] : []),
    ...(imported > 0 ? [heads(imported, 'of a file')] : []),
  ].join(', ');
}

/** A run came on screen for the first time: the newest edits of it that a window left are put in its document's place, as a step that
 * undo takes back, and the user is told. */
export function restoreDraft(info: RunInfo, runName: string): void {
  const identity = identityOf(info);
  const ours = runDocumentsStore.getState().kept.filter(({ left }) => left?.identity === identity);
  const newest = ours.sort((a, b) => (b.left?.savedAt ?? 0) - (a.left?.savedAt ?? 0))[0];
  if (!newest?.left) return;
  // A file that was opened for this run, or edits made on the way to it, are newer: what was left waits in the list.
  if (configStore.getState().fileName !== null || hasUnsavedEdits(info.runId)) return;
  const { config, left, id } = newest;
  const own = config.live !== null || config.entries.some((row) => row.some(({ origin }) => origin === 'hand' || origin === 'imported'));
  // A search that starts by itself brings back what one found.
  if (!own && searchedUnasked(info)) {
    forgetKept(id);
    return;
  }
  const when = clock.format(left.savedAt);
  const before = configStore.getState();
  loadDocument(config, `Restore the edits of ${when}`);
  if (config.live) setLive(config.live);
  if (left.reference.name !== null && left.reference.table !== null) setReference(left.reference.name, left.reference.table);
  forgetKept(id);
  const discard = () => {
    // It may have been made again since, or wait behind another run.
    const run = libraryStore.getState().runs.find((other) => identityOf(other.info) === identity);
    if (!run) return;
    if (focusStore.getState().runId !== run.info.runId) showRun(run.info.runId);
    loadDocument(before, 'Discard the restored edits');
  };
  const others = ours.length > 1 ? ' Older ones are in the library’s list of configs.' : '';
  notify({
    tone: 'info',
    title: 'Edits restored.',
    detail: `${runName} as it was on ${when}, not exported: ${whatIsIn(config, config.live !== null)}.${others}`,
    topic: 'restored',
    runId: info.runId,
    ...(own ? { action: { label: 'Discard them', run: discard } } : {}),
  });
}
