// Searches of the best pattern: what every candidate scored on a head, and which heads are being searched. Results are kept by run and
// head; applying them is an edit of the document, made by the user.
import { createStore } from 'zustand/vanilla';
import type { Result } from '../../engine/protocol/methods.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { applyPatterns, entryOf, type HeadEdit, samePattern } from './config_document.ts';
import { engine } from './connection.ts';
import { focusStore, type HeadPlace } from './focus.ts';
import { type StartedJob, startJob } from './jobs.ts';
import { libraryStore, runOf, showRun } from './library.ts';
import { notify } from './notices.ts';
import { documentOf } from './run_documents.ts';

/** What holds for every head of a search. */
export type SearchGround = Pick<Result<'search.run'>, 'scoredFrom' | 'rows' | 'skipped' | 'notes'>;

export interface SearchesState {
  /** By searchKey(). */
  found: Readonly<Record<string, HeadScores>>;
  /** By run; there once a search of the run has ended. */
  ground: Readonly<Record<string, SearchGround>>;
  /** By searchKey(): how to stop the job that will search the head. */
  running: Readonly<Record<string, () => void>>;
}

export const searchesStore = createStore<SearchesState>()(() => ({ found: {}, ground: {}, running: {} }));

export function searchKey(runId: string, { layer, head }: HeadPlace): string {
  return `${runId}/${layer}/${head}`;
}

function without<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  const rest = { ...record };
  for (const key of keys) delete rest[key];
  return rest;
}

/** Layers that ask for the same heads go in one call. */
function calls(places: readonly HeadPlace[]): { layers: number[]; heads: number[] }[] {
  const headsOf = new Map<number, Set<number>>();
  for (const { layer, head } of places) headsOf.set(layer, (headsOf.get(layer) ?? new Set()).add(head));
  const byHeads = new Map<string, { layers: number[]; heads: number[] }>();
  for (const [layer, set] of [...headsOf].sort(([a], [b]) => a - b)) {
    const heads = [...set].sort((a, b) => a - b);
    const call = byHeads.get(heads.join()) ?? { layers: [], heads };
    call.layers.push(layer);
    byHeads.set(heads.join(), call);
  }
  return [...byHeads.values()];
}

function titleOf(places: readonly HeadPlace[]): string {
  const [first] = places;
  if (places.length === 1 && first) return `Search, L${first.layer} H${first.head}`;
  const layers = new Set(places.map(({ layer }) => layer));
  if (layers.size === 1 && first) return `Search, layer ${first.layer}, ${places.length} heads`;
  return `Search, ${places.length.toLocaleString('en-US')} heads`;
}

/** Those of `places` that no search of the run has scored. */
export function unsearched(runId: string, places: readonly HeadPlace[]): HeadPlace[] {
  const { found } = searchesStore.getState();
  return places.filter((place) => found[searchKey(runId, place)] === undefined);
}

/** Scores the candidates of the released search on `places`, as one job; null where all of them are being searched already. */
export function searchHeads(runId: string, places: readonly HeadPlace[]): StartedJob<void> | null {
  const { running } = searchesStore.getState();
  const asked = places.filter((place) => running[searchKey(runId, place)] === undefined);
  if (asked.length === 0) return null;
  const keys = asked.map((place) => searchKey(runId, place));
  const scored = new Set<HeadPlace>();
  const job = startJob({
    title: titleOf(asked),
    runId,
    resume: {
      label: 'Resume',
      run: (now) =>
        void (
          now &&
          searchHeads(
            now,
            asked.filter((place) => !scored.has(place)),
          )
        ),
    },
    run: async ({ signal, onProgress }) => {
      let before = 0;
      for (const call of calls(asked)) {
        const { scoredFrom, rows, skipped, notes } = await engine().call(
          'search.run',
          { runId, ...call },
          {
            signal,
            onProgress: ({ done, unit, note }) => onProgress({ done: before + done, total: asked.length, unit, note }),
            onEvent: (scores) => {
              const place = asked.find(({ layer, head }) => layer === scores.layer && head === scores.head);
              if (place) scored.add(place);
              searchesStore.setState((state) => ({
                found: { ...state.found, [searchKey(runId, scores)]: scores },
                running: without(state.running, [searchKey(runId, scores)]),
              }));
            },
          },
        );
        before += call.layers.length * call.heads.length;
        searchesStore.setState(({ ground }) => ({ ground: { ...ground, [runId]: { scoredFrom, rows, skipped, notes } } }));
      }
    },
  });
  searchesStore.setState((state) => ({ running: { ...state.running, ...Object.fromEntries(keys.map((key) => [key, job.cancel])) } }));
  const end = () => searchesStore.setState((state) => ({ running: without(state.running, keys) }));
  job.result.then(end, end);
  if (asked.length > 1) job.result.then(() => offerWinners(runId, asked)).catch(() => {});
  return job;
}

/** The winners of searched heads that the run's document does not hold yet. */
export function winnersToApply(runId: string, places: readonly HeadPlace[]): HeadEdit[] {
  const { found } = searchesStore.getState();
  const config = documentOf(runId);
  return places.flatMap((place) => {
    const scores = found[searchKey(runId, place)];
    const entry = config && entryOf(config, place);
    if (!scores || !entry || samePattern(entry.pattern, scores.deployed)) return [];
    return [{ layer: place.layer, head: place.head, pattern: scores.deployed, score: scores.candidates[scores.winner]?.recall ?? null }];
  });
}

/** One undoable step of the run's document, which comes on screen for it. */
export function applyWinners(runId: string, places: readonly HeadPlace[]): void {
  if (focusStore.getState().runId !== runId) showRun(runId);
  const edits = winnersToApply(runId, places);
  const count = edits.length === 1 ? '1 winner' : `${edits.length.toLocaleString('en-US')} winners`;
  applyPatterns(edits, 'searched', `Apply ${count} of the search`);
}

function offerWinners(runId: string, places: readonly HeadPlace[]): void {
  const changes = winnersToApply(runId, places).length;
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  const elsewhere = focusStore.getState().runId === runId ? '' : ` of ${run.name}`;
  const heads = `${places.length.toLocaleString('en-US')} heads${elsewhere} searched.`;
  if (changes === 0) {
    notify({ tone: 'ok', title: heads, detail: 'The config already has every winner.', topic: 'search' });
    return;
  }
  notify({
    tone: 'ok',
    title: heads,
    detail: `${changes.toLocaleString('en-US')} winners differ from the config.`,
    action: { label: `Apply to ${changes.toLocaleString('en-US')} heads`, run: () => applyWinners(runId, places) },
    topic: 'search',
  });
}

/** The run was made again, of the same model and prompt, under another id: what was found on it holds. */
export function moveSearches(from: string, to: string): void {
  const renamed = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [key.startsWith(`${from}/`) ? to + key.slice(from.length) : key, value]),
    );
  searchesStore.setState(({ found, ground: { [from]: known, ...ground }, running }) => ({
    found: renamed(found),
    ground: known ? { ...ground, [to]: known } : ground,
    running,
  }));
}

/** What belongs to a run that is gone. */
export function dropSearches(runId: string): void {
  const mine = (key: string) => key.startsWith(`${runId}/`);
  searchesStore.setState(({ found, ground, running }) => ({
    found: without(found, Object.keys(found).filter(mine)),
    ground: without(ground, [runId]),
    running,
  }));
}
