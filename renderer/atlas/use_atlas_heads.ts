// The atlas' heads from the stores: the config's patterns, this run's measurements, what the run captured.
import { useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { type ConfigState, configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { isStale, type MeasurementGrid, measurementsStore } from '../state/measurements.ts';
import type { AtlasHead } from './atlas_heads.ts';

/** Every head of the run in layer order. A config of another shape says nothing about them. */
export function atlasHeads(
  run: KnownRun['info'],
  config: Pick<ConfigState, 'layers' | 'heads' | 'entries'>,
  grid: MeasurementGrid | undefined,
): AtlasHead[] {
  const fits = config.layers === run.layers && config.heads === run.heads;
  const present = new Set(run.layersPresent);
  const heads: AtlasHead[] = [];
  for (let layer = 0; layer < run.layers; layer += 1) {
    for (let head = 0; head < run.heads; head += 1) {
      const entry = fits ? (config.entries[layer]?.[head] ?? null) : null;
      const pattern = entry?.pattern ?? null;
      const numbers = grid?.[layer]?.[head] ?? null;
      heads.push({
        layer,
        head,
        pattern,
        numbers,
        score: entry?.score ?? null,
        stale: numbers !== null && isStale(numbers, pattern),
        captured: present.has(layer),
      });
    }
  }
  return heads;
}

/** A head about which nothing changed stays the same object, so that what shows it need not be made again. */
const sameHead = (a: AtlasHead, b: AtlasHead) =>
  a.layer === b.layer &&
  a.head === b.head &&
  a.pattern === b.pattern &&
  a.numbers === b.numbers &&
  a.score === b.score &&
  a.stale === b.stale &&
  a.captured === b.captured;

/** Null while no run is on screen. */
export function useCurrentRun(): KnownRun | null {
  const runId = useStore(focusStore, (state) => state.runId);
  return useStore(libraryStore, (state) => runOf(state, runId));
}

export function useAtlasHeads(run: KnownRun | null): readonly AtlasHead[] {
  const layers = useStore(configStore, (state) => state.layers);
  const heads = useStore(configStore, (state) => state.heads);
  const entries = useStore(configStore, (state) => state.entries);
  const grid = useStore(measurementsStore, (state) => (run ? state.byRun[run.info.runId] : undefined));
  const before = useRef<readonly AtlasHead[]>([]);
  return useMemo(() => {
    const now = run ? atlasHeads(run.info, { layers, heads, entries }, grid) : [];
    before.current = now.map((head, index) => {
      const old = before.current[index];
      return old && sameHead(old, head) ? old : head;
    });
    return before.current;
  }, [run, layers, heads, entries, grid]);
}
