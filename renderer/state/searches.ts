// Searches of the best pattern: what every candidate scored on a head, and which heads are being searched. Results are kept by run and
// head; applying them is an edit of the document.
import { createStore } from 'zustand/vanilla';
import type { Result } from '../../engine/protocol/methods.ts';
import type { HeadScores, RunInfo } from '../../engine/protocol/records.ts';
import { applyPatterns, entryOf, type HeadEdit, undo } from './config_document.ts';
import { engine } from './connection.ts';
import { focusStore, type HeadPlace, headName } from './focus.ts';
import { type StartedJob, startJob } from './jobs.ts';
import { libraryStore, runOf, showRun } from './library.ts';
import { keepMeasurements } from './measurements.ts';
import { notify } from './notices.ts';
import { samePattern } from './pattern_identity.ts';
import { documentOf } from './run_documents.ts';

/** What holds for every head of a search. */
export type SearchGround = Pick<Result<'search.run'>, 'scoredFrom' | 'rows' | 'skipped' | 'notes'>;

export interface SearchesState {
  /** By searchKey(): the candidates of the released search, and the cheapest that reach a recall. */
  found: Readonly<Record<string, HeadScores>>;
  reached: Readonly<Record<string, HeadScores>>;
  /** By run; there once a search of the run has ended. */
  ground: Readonly<Record<string, SearchGround>>;
  /** By searchKey(): how to stop the job that will search the head. */
  running: Readonly<Record<string, () => void>>;
}

export const searchesStore = createStore<SearchesState>()(() => ({ found: {}, reached: {}, ground: {}, running: {} }));

/** Heads x tokens^2 that are searched unasked: some seconds to some minutes on a laptop. Above it the user decides. */
const MOST_UNASKED = 4e10;

/** A run of which a search of every head starts by itself. */
export function searchedUnasked({ layersPresent, heads, rows }: RunInfo): boolean {
  return layersPresent.length * heads * rows ** 2 <= MOST_UNASKED;
}

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

/** Those of `places` that no search of the run for `objective` has found. */
export function unsearched(runId: string, places: readonly HeadPlace[], objective: Objective = RELEASED): HeadPlace[] {
  const { found, reached } = searchesStore.getState();
  return places.filter((place) =>
    objective.procedure === 'target'
      ? reached[searchKey(runId, place)]?.targetRecall !== objective.recall
      : found[searchKey(runId, place)] === undefined,
  );
}

/** What a search looks for. released: MInference's six candidates, the best recall wins. target: the least executed tiles that reach a
 * mean recall over all rows, of every budget and kind. */
export type Objective = { procedure: 'released' } | { procedure: 'target'; recall: number };
export const RELEASED: Objective = { procedure: 'released' };

/** How a pattern was chosen, as the document says it. */
export function objectiveWords(objective: Objective): string {
  return objective.procedure === 'released' ? 'best recall of the released candidates' : `least tiles with recall ≥ ${objective.recall}`;
}

function takeIn(runId: string, scores: HeadScores): void {
  const key = searchKey(runId, scores);
  searchesStore.setState((state) => {
    const table = scores.procedure === 'target' ? 'reached' : 'found';
    return { [table]: { ...state[table], [key]: scores }, running: without(state.running, [key]) };
  });
  const { layer, head, deployed: pattern, measured } = scores;
  keepMeasurements(runId, [{ layer, head, measurement: { pattern, ...measured, missed: 1 - measured.recall } }]);
}

function notIn(some: readonly HeadPlace[], places: readonly HeadPlace[]): HeadPlace[] {
  const there = new Set(some.map(headName));
  return places.filter((place) => !there.has(headName(place)));
}

/** Searches `places` as one job; null where all of them are being searched already. By target the patterns go into the document when all
 * are found, as one step; the winners of the released search are offered. A cancel keeps what was found, and offers it. */
export function searchHeads(runId: string, places: readonly HeadPlace[], objective: Objective = RELEASED): StartedJob<void> | null {
  const { running } = searchesStore.getState();
  const asked = places.filter((place) => running[searchKey(runId, place)] === undefined);
  if (asked.length === 0) return null;
  const keys = asked.map((place) => searchKey(runId, place));
  const wanted = objective.procedure === 'target' ? ({ procedure: 'target', targetRecall: objective.recall } as const) : {};
  const found: HeadPlace[] = [];
  const job = startJob({
    title: `${titleOf(asked)}${objective.procedure === 'target' ? `, recall ${objective.recall}` : ''}`,
    runId,
    // By what this job found: a head may have been searched before.
    resume: { label: 'Resume', run: (now) => void (now && searchHeads(now, notIn(found, asked), objective)) },
    run: async ({ signal, onProgress }) => {
      let before = 0;
      for (const call of calls(asked)) {
        const { scoredFrom, rows, skipped, notes } = await engine().call(
          'search.run',
          { runId, ...call, ...wanted },
          {
            signal,
            onProgress: ({ done, unit, note }) => onProgress({ done: before + done, total: asked.length, unit, note }),
            onEvent: (scores) => {
              takeIn(runId, scores);
              found.push({ layer: scores.layer, head: scores.head });
            },
          },
        );
        before += call.layers.length * call.heads.length;
        if (objective.procedure === 'released')
          searchesStore.setState(({ ground }) => ({ ground: { ...ground, [runId]: { scoredFrom, rows, skipped, notes } } }));
      }
    },
  });
  searchesStore.setState((state) => ({ running: { ...state.running, ...Object.fromEntries(keys.map((key) => [key, job.cancel])) } }));
  const end = () => searchesStore.setState((state) => ({ running: without(state.running, keys) }));
  job.result.then(
    () => {
      end();
      if (objective.procedure === 'target' && focusStore.getState().runId === runId) applyReached(runId, found, objective);
      else if (found.length > 1 || focusStore.getState().runId !== runId) offerWinners(runId, found, asked.length, objective);
    },
    () => {
      end();
      if (found.length > 0) offerWinners(runId, found, asked.length, objective);
    },
  );
  return job;
}

/** What the search found for heads, where the run's document does not hold it yet. */
export function winnersToApply(runId: string, places: readonly HeadPlace[], objective: Objective = RELEASED): HeadEdit[] {
  const state = searchesStore.getState();
  const results = objective.procedure === 'target' ? state.reached : state.found;
  const config = documentOf(runId);
  const how = objectiveWords(objective);
  return places.flatMap((place) => {
    const scores = results[searchKey(runId, place)];
    const entry = config && entryOf(config, place);
    if (!scores || !entry || samePattern(entry.pattern, scores.deployed)) return [];
    const score = scores.candidates[scores.winner]?.recall ?? null;
    return [{ layer: place.layer, head: place.head, pattern: scores.deployed, score, how }];
  });
}

const count = (heads: number, one: string, many: string) => (heads === 1 ? `1 ${one}` : `${heads.toLocaleString('en-US')} ${many}`);

/** One undoable step of the run's document, which comes on screen for it. */
export function applyWinners(runId: string, places: readonly HeadPlace[], objective: Objective = RELEASED): void {
  if (focusStore.getState().runId !== runId) showRun(runId);
  const edits = winnersToApply(runId, places, objective);
  const [first] = edits;
  const label =
    objective.procedure === 'released'
      ? `Apply ${count(edits.length, 'winner', 'winners')} of the search`
      : `Set ${edits.length === 1 && first ? headName(first) : count(edits.length, 'head', 'heads')} to the ${objectiveWords(objective)}`;
  applyPatterns(edits, 'searched', label);
}

function applyReached(runId: string, places: readonly HeadPlace[], objective: Objective): void {
  const edits = winnersToApply(runId, places, objective);
  const dense = edits.filter(({ pattern }) => pattern.kind === 'dense').length;
  applyWinners(runId, places, objective);
  notify({
    tone: 'ok',
    title:
      edits.length === 0
        ? `${count(places.length, 'head has', 'heads have')} the ${objectiveWords(objective)} already.`
        : `${count(edits.length, 'head', 'heads')} set to the ${objectiveWords(objective)}.`,
    detail: dense > 0 ? `${count(dense, 'head stays', 'heads stay')} dense: no sparse pattern reaches it at less cost.` : '',
    ...(edits.length > 0 ? { action: { label: 'Undo', run: undo } } : {}),
    topic: 'search',
  });
}

function offerWinners(runId: string, places: readonly HeadPlace[], asked: number, objective: Objective): void {
  const changes = winnersToApply(runId, places, objective).length;
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  const elsewhere = focusStore.getState().runId === runId ? '' : ` of ${run.name}`;
  const title =
    places.length < asked
      ? `${places.length.toLocaleString('en-US')} of ${count(asked, 'head', 'heads')}${elsewhere} searched.`
      : `${count(asked, 'head', 'heads')}${elsewhere} searched.`;
  if (changes === 0) {
    notify({ tone: 'ok', title, detail: 'The config already has what was found.', topic: 'search' });
    return;
  }
  notify({
    tone: 'ok',
    title,
    detail: `${count(changes, 'winner differs', 'winners differ')} from the config.`,
    action: { label: `Apply to ${count(changes, 'head', 'heads')}`, run: () => applyWinners(runId, places, objective) },
    topic: 'search',
  });
}

/** The run was made again, of the same model and prompt, under another id: what was found on it holds. */
export function moveSearches(from: string, to: string): void {
  const renamed = <T>(record: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(record).map(([key, value]) => [key.startsWith(`${from}/`) ? to + key.slice(from.length) : key, value]),
    );
  searchesStore.setState(({ found, reached, ground: { [from]: known, ...ground }, running }) => ({
    found: renamed(found),
    reached: renamed(reached),
    ground: known ? { ...ground, [to]: known } : ground,
    running,
  }));
}

/** What belongs to a run that is gone. */
export function dropSearches(runId: string): void {
  const mine = (key: string) => key.startsWith(`${runId}/`);
  searchesStore.setState(({ found, reached, ground, running }) => ({
    found: without(found, Object.keys(found).filter(mine)),
    reached: without(reached, Object.keys(reached).filter(mine)),
    ground: without(ground, [runId]),
    running,
  }));
}
