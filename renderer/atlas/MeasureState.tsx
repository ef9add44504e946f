// How far the numbers of a run's heads are: under way, missing, or stopped with a reason.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { configStore } from '../state/config_document.ts';
import { measurementsStore, unmeasuredHeads } from '../state/measurements.ts';
import { measureHeads } from '../state/measuring.ts';
import { searchesStore } from '../state/searches.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { headCount } from '../ui/numbers.ts';

/** What is under way for this run, or the offer to measure what has no number of its own yet. */
export function MeasureState({ runId, live, stale }: { runId: string; live: boolean; stale: number }) {
  const running = useStore(measurementsStore, (state) => state.running[runId] === true);
  const searching = useStore(searchesStore, (state) => Object.keys(state.running).filter((key) => key.startsWith(`${runId}/`)).length);
  const grid = useStore(measurementsStore, (state) => state.byRun[runId]);
  const entries = useStore(configStore, (state) => state.entries);
  // biome-ignore lint/correctness/useExhaustiveDependencies: numbers and entries are what the count follows.
  const missing = useMemo(() => unmeasuredHeads(runId).length, [runId, grid, entries]);
  if (running) return <span className="t3 trunc">measuring, {headCount(missing)} left</span>;
  if (searching > 0) return <span className="t3 trunc">searching, {headCount(searching)} left</span>;
  if (missing === 0) return null;
  return (
    <Button small onClick={() => measureHeads(runId)} disabledBecause={live ? undefined : 'The engine no longer holds this run.'}>
      {stale > 0 ? 'Re-measure' : 'Measure'} {headCount(missing)}
    </Button>
  );
}

export function MeasureFailure({ runId }: { runId: string }) {
  const failed = useStore(measurementsStore, (state) => state.failed[runId]);
  if (failed === undefined) return null;
  return (
    <Banner
      tone="danger"
      title="Measuring stopped."
      actions={
        <Button small onClick={() => measureHeads(runId)}>
          Measure the rest
        </Button>
      }
    >
      {failed} Heads measured before keep their numbers.
    </Banner>
  );
}
