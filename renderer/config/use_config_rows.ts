import { useMemo } from 'react';
import { useStore } from 'zustand';
import { configStore, shownEntries } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { measurementsStore } from '../state/measurements.ts';
import { preferencesStore } from '../state/preferences.ts';
import { referenceStore } from '../state/reference.ts';
import { type ConfigRow, configRows } from './config_rows.ts';

/** The heads' entries with the live edit among them, the same object while nothing changes. */
export function useShownEntries(): ReturnType<typeof shownEntries> {
  const entries = useStore(configStore, (config) => config.entries);
  const live = useStore(configStore, (config) => config.live);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the two are what it is made of
  return useMemo(() => shownEntries(configStore.getState()), [entries, live]);
}

/** One row a head of the document as it is on screen, against the run and the reference. A reference of another shape is left out. */
export function useConfigRows(): ConfigRow[] {
  const entries = useShownEntries();
  const runId = useStore(focusStore, (focus) => focus.runId);
  const measurements = useStore(measurementsStore, (state) => (runId === null ? undefined : state.byRun[runId]));
  const table = useStore(referenceStore, (reference) => reference.table);
  const thresholds = useStore(preferencesStore, (preferences) => preferences.checks);
  return useMemo(() => {
    const fits = table !== null && table.layers === entries.length && table.heads === (entries[0]?.length ?? 0);
    return configRows({ entries, measurements, reference: fits ? table.patterns : null, thresholds });
  }, [entries, measurements, table, thresholds]);
}
