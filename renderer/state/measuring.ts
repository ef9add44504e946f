// Measuring heads under the committed config, as a job; numbers appear head by head.
import { codedError } from '../../engine/protocol/envelope.ts';
import type { HeadMeasurement } from '../../engine/protocol/whole_model.ts';
import { engine } from './connection.ts';
import type { HeadPlace } from './focus.ts';
import { type StartedJob, startJob } from './jobs.ts';
import { type Measurement, measurementsStore, recordMeasurements, unmeasuredHeads } from './measurements.ts';
import { documentOf } from './run_documents.ts';

const FLUSH_MS = 50;

/** Default: the heads without a number. Null: nothing to do, or the run is being measured. */
export function measureHeads(runId: string, heads: readonly HeadPlace[] = unmeasuredHeads(runId)): StartedJob<void> | null {
  if (heads.length === 0 || measurementsStore.getState().running[runId]) return null;
  const entries = documentOf(runId)?.entries ?? [];
  measurementsStore.setState(({ running, failed: { [runId]: _, ...failed } }) => ({ running: { ...running, [runId]: true }, failed }));
  const job = startJob({
    title: heads.length === 1 ? `Measure L${heads[0]?.layer} H${heads[0]?.head}` : `Measure ${heads.length.toLocaleString('en-US')} heads`,
    runId,
    resume: { label: 'Resume', run: (now) => void (now && measureHeads(now)) },
    run: async ({ signal, onProgress }) => {
      let waiting: HeadMeasurement[] = [];
      let timer: ReturnType<typeof setTimeout> | undefined;
      const flush = () => {
        clearTimeout(timer);
        timer = undefined;
        const batch = waiting;
        waiting = [];
        if (batch.length > 0) recordMeasurements(runId, batch.map(fromEvent));
      };
      try {
        await engine().call(
          'run.measure',
          {
            runId,
            patterns: entries.map((row) => row.map((entry) => entry.pattern)),
            heads: heads.map(({ layer, head }) => ({ layer, head })),
          },
          {
            signal,
            onProgress,
            onEvent: (event) => {
              waiting.push(event);
              timer ??= setTimeout(flush, FLUSH_MS);
            },
          },
        );
      } finally {
        flush();
      }
    },
  });
  const end = () => measurementsStore.setState(({ running: { [runId]: _, ...running } }) => ({ running }));
  job.result.then(end, (thrown: unknown) => {
    end();
    const { code, message } = codedError(thrown);
    // A lost engine has a banner of its own.
    if (code !== 'CANCELLED' && code !== 'BACKEND_LOST')
      measurementsStore.setState(({ failed }) => ({ failed: { ...failed, [runId]: message } }));
  });
  return job;
}

function fromEvent({
  layer,
  head,
  pattern,
  recall,
  minRecall,
  nominal,
  executed,
}: HeadMeasurement): HeadPlace & { measurement: Measurement } {
  return { layer, head, measurement: { pattern, recall, missed: 1 - recall, minRecall, nominal, executed } };
}
