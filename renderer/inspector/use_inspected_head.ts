// Everything the inspector shows of the head on screen, read from the stores in one place so that its parts agree within a frame.
import { useStore } from 'zustand';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores, RunInfo } from '../../engine/protocol/records.ts';
import { configStore, entryOf, type HeadEntry, shownPattern } from '../state/config_document.ts';
import { type Evaluation, evaluationOf, evaluationsStore } from '../state/evaluations.ts';
import { focusStore, type HeadPlace } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { type Measurement, measurementOf, measurementsStore } from '../state/measurements.ts';
import { searchesStore, searchKey } from '../state/searches.ts';
import type { SurfaceKind } from '../state/surface_lookup.ts';
import { type SurfaceEntry, surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { type HeadNumbers, numbersOf } from './head_numbers.ts';

export const SURFACE_KINDS: readonly SurfaceKind[] = ['a_shape', 'vertical_slash', 'block_sparse'];

export interface InspectedHead {
  run: KnownRun;
  info: RunInfo;
  place: HeadPlace;
  /** Null: the document is of another shape than the run. */
  entry: HeadEntry | null;
  /** The live edit where there is one. */
  shown: Pattern | null;
  live: boolean;
  surfaces: Readonly<Record<SurfaceKind, SurfaceEntry>>;
  measurement: Measurement | null;
  evaluation: Evaluation | null;
  scores: HeadScores | null;
  /** Stops the search that will score this head; null where none is under way. */
  cancelSearch: (() => void) | null;
  /** Of the pattern on screen and of the committed one; null where nothing is known of it. */
  numbers: HeadNumbers | null;
  committedNumbers: HeadNumbers | null;
}

export function useInspectedHead(): InspectedHead | null {
  const runId = useStore(focusStore, (focus) => focus.runId);
  const layer = useStore(focusStore, (focus) => focus.layer);
  const head = useStore(focusStore, (focus) => focus.head);
  const run = useStore(libraryStore, (library) => runOf(library, runId));
  const entry = useStore(configStore, (config) => entryOf(config, { layer, head }));
  const shown = useStore(configStore, (config) => shownPattern(config, { layer, head }));
  const aShape = useStore(surfacesStore, (state) => surfaceOf(state, { runId: runId ?? '', layer, head, kind: 'a_shape' }));
  const verticalSlash = useStore(surfacesStore, (state) => surfaceOf(state, { runId: runId ?? '', layer, head, kind: 'vertical_slash' }));
  const blockSparse = useStore(surfacesStore, (state) => surfaceOf(state, { runId: runId ?? '', layer, head, kind: 'block_sparse' }));
  const measurement = useStore(measurementsStore, (state) => measurementOf(state, runId, { layer, head }));
  const place = { runId: runId ?? '', layer, head };
  const evaluation = useStore(evaluationsStore, (state) => (shown ? evaluationOf(state, place, shown) : null));
  const committed = entry?.pattern ?? null;
  const committedEvaluation = useStore(evaluationsStore, (state) => (committed ? evaluationOf(state, place, committed) : null));
  const scores = useStore(searchesStore, (state) => state.found[searchKey(place.runId, place)] ?? null);
  const cancelSearch = useStore(searchesStore, (state) => state.running[searchKey(place.runId, place)] ?? null);

  if (!run) return null;
  const surfaces = { a_shape: aShape, vertical_slash: verticalSlash, block_sparse: blockSparse };
  const surface = (pattern: Pattern) => (pattern.kind === 'dense' ? null : surfaces[pattern.kind].surface);
  return {
    run,
    info: run.info,
    place: { layer, head },
    entry,
    shown,
    live: shown !== committed,
    surfaces,
    measurement,
    evaluation,
    scores,
    cancelSearch,
    numbers: shown && numbersOf(shown, { surface: surface(shown), measurement, evaluation: evaluation?.result ?? null }),
    committedNumbers:
      committed && numbersOf(committed, { surface: surface(committed), measurement, evaluation: committedEvaluation?.result ?? null }),
  };
}
