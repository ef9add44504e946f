import { useMemo } from 'react';
import { useStore } from 'zustand';
import { configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { measurementsStore } from '../state/measurements.ts';
import { preferencesStore } from '../state/preferences.ts';
import { referenceStore } from '../state/reference.ts';
import { type ConfigRow, configRows } from './config_rows.ts';

/** One row a head of the document, against the run on screen and the reference. A reference of another shape is left out. */
export function useConfigRows(): ConfigRow[] {
  const entries = useStore(configStore, (config) => config.entries);
  const runId = useStore(focusStore, (focus) => focus.runId);
  const measurements = useStore(measurementsStore, (state) => (runId === null ? undefined : state.byRun[runId]));
  const table = useStore(referenceStore, (reference) => reference.table);
  const thresholds = useStore(preferencesStore, (preferences) => preferences.checks);
  return useMemo(() => {
    const fits = table !== null && table.layers === entries.length && table.heads === (entries[0]?.length ?? 0);
    return configRows({ entries, measurements, reference: fits ? table.patterns : null, thresholds });
  }, [entries, measurements, table, thresholds]);
}
