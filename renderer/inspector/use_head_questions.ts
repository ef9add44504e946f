// What the inspector asks the engine about the head on screen, in the order a user needs it: the committed pattern's own numbers, then
// the surface of the pattern on screen, then those of the other kinds for the curve. Leaving the head stops what has not begun to pay.
import { useEffect } from 'react';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { evaluate, evaluateLatest, forgetLatest } from '../state/evaluations.ts';
import type { SurfaceKind } from '../state/surface_lookup.ts';
import { cancelSurface, requestSurface, surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { type InspectedHead, SURFACE_KINDS } from './use_inspected_head.ts';

/** A head passed by on the way to another costs nothing. */
const SETTLE_MS = 150;
/** Budgets passed by in a drag are not timed. */
const TIMING_SETTLE_MS = 400;

export function useHeadQuestions(inspected: InspectedHead | null): void {
  const runId = inspected?.run.live ? inspected.info.runId : null;
  const layer = inspected?.place.layer ?? 0;
  const head = inspected?.place.head ?? 0;
  const present = inspected?.info.layersPresent.includes(layer) ?? false;
  const kind = inspected?.shown?.kind ?? null;
  const committed = inspected?.entry?.pattern ?? null;
  const unknown = inspected !== null && inspected.committedNumbers === null;

  useEffect(() => {
    if (runId === null || !present) return;
    const place = { runId, layer, head };
    return () => {
      for (const each of SURFACE_KINDS) cancelSurface({ ...place, kind: each });
    };
  }, [runId, layer, head, present]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once a head and kind; what is known by then is read inside
  useEffect(() => {
    if (runId === null || !present || kind === null) return;
    const place = { runId, layer, head };
    let left = false;
    const ask = async () => {
      if (unknown && committed && committed.kind !== 'dense') await evaluate(place, committed).catch(() => {});
      const wanted: SurfaceKind = kind === 'dense' ? 'vertical_slash' : kind;
      for (const each of [wanted, ...SURFACE_KINDS.filter((other) => other !== wanted)]) {
        if (left) return;
        const at = { ...place, kind: each };
        // A refusal is shown where it happened; asking again is the user's.
        if (surfaceOf(surfacesStore.getState(), at).status !== 'failed') await requestSurface(at).catch(() => {});
      }
    };
    const timer = setTimeout(() => void ask(), SETTLE_MS);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [runId, layer, head, present, kind]);

  useTiming(runId, layer, head, present ? (inspected?.shown ?? null) : null);
}

function useTiming(runId: string | null, layer: number, head: number, shown: Pattern | null): void {
  useEffect(() => {
    if (runId === null || shown === null || shown.kind === 'dense') return;
    const timer = setTimeout(() => evaluateLatest({ runId, layer, head }, shown), TIMING_SETTLE_MS);
    return () => {
      clearTimeout(timer);
      forgetLatest();
    };
  }, [runId, layer, head, shown]);
}
