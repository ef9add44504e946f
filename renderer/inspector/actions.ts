// What the inspector's buttons do, for commands and keys as well.
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, commitLive, configStore, entryOf, setLive, shownPattern } from '../state/config_document.ts';
import { focusStore, type HeadPlace, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { type Objective, searchesStore, searchHeads, searchKey } from '../state/searches.ts';
import type { SurfaceKind } from '../state/surface_lookup.ts';
import { patternText } from '../ui/pattern_words.ts';

/** Budgets that a kind starts with where neither the head's past nor a search says better: those of the released search. */
function firstBudgets(kind: SurfaceKind, rows: number): Pattern {
  switch (kind) {
    case 'a_shape':
      return { kind, sink: Math.min(100, rows), window: Math.min(800, rows) };
    case 'vertical_slash':
      return { kind, verticals: Math.min(100, rows), slashes: Math.min(750, rows) };
    case 'block_sparse':
      return { kind, blocks: Math.min(100, Math.ceil(rows / ESTIMATOR_DEFAULTS.blockSize)) };
  }
}

const lastOfKind = new Map<string, Pattern>();
const kindKey = (runId: string, { layer, head }: HeadPlace, kind: SurfaceKind) => `${searchKey(runId, { layer, head })}/${kind}`;

/** Shows the head on screen under another kind, as a live edit: with the budgets it last had, else the best searched, else the released. */
export function setKind(kind: SurfaceKind): void {
  const { runId, layer, head } = focusStore.getState();
  const place = { layer, head };
  const run = runOf(libraryStore.getState(), runId);
  const config = configStore.getState();
  const shown = shownPattern(config, place);
  if (!runId || !run || !shown || shown.kind === kind) return;
  if (shown.kind !== 'dense') lastOfKind.set(kindKey(runId, place, shown.kind), shown);
  const committed = entryOf(config, place)?.pattern;
  const searched = searchesStore
    .getState()
    .found[searchKey(runId, place)]?.candidates.filter(({ deployed }) => deployed.kind === kind)
    .reduce<{ deployed: Pattern; recall: number } | null>(
      (best, candidate) => (best && best.recall >= candidate.recall ? best : candidate),
      null,
    );
  const pattern =
    committed?.kind === kind
      ? committed
      : (lastOfKind.get(kindKey(runId, place, kind)) ?? searched?.deployed ?? firstBudgets(kind, run.info.rows));
  setLive({ ...place, pattern });
}

/** The edit under way becomes a step of its own, named by what it set. */
export function commitShown(): void {
  const { live } = configStore.getState();
  if (live) commitLive(`Set ${headName(live)} to ${patternText(live.pattern)}`);
}

/** One undoable step. */
export function applyCandidate(place: HeadPlace, pattern: Pattern, score: number | null, how: string): void {
  applyPatterns([{ ...place, pattern, score, how }], 'searched', `Apply ${patternText(pattern)} to ${headName(place)}`);
}

export type SearchScope = 'head' | 'layer' | 'model';

/** The heads of a scope around the head on screen, of layers that the run has. */
export function headsOf(scope: SearchScope): HeadPlace[] {
  const { runId, layer, head } = focusStore.getState();
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return [];
  if (scope === 'head') return [{ layer, head }];
  const layers = scope === 'layer' ? [layer] : run.info.layersPresent;
  return layers.flatMap((at) => Array.from({ length: run.info.heads }, (_, other) => ({ layer: at, head: other })));
}

export function searchScope(scope: SearchScope, objective: Objective): void {
  const { runId } = focusStore.getState();
  if (runId) searchHeads(runId, headsOf(scope), objective);
}
