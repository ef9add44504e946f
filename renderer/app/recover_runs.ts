// After a lost connection: what the engine still holds, and how to get back what it does not. Nothing on screen is taken away.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { engine } from '../state/connection.ts';
import { dropEvaluations } from '../state/evaluations.ts';
import { focusStore } from '../state/focus.ts';
import { moveJobs, startJob } from '../state/jobs.ts';
import { addRun, dropRun, libraryStore, markRunsLost, refreshLibrary, runOf, showRun } from '../state/library.ts';
import { dropMeasurements, moveMeasurements } from '../state/measurements.ts';
import { dismissTopic, moveNotices, notify, notifyError } from '../state/notices.ts';
import { moveDocument } from '../state/run_documents.ts';
import { dropSearches, moveSearches } from '../state/searches.ts';
import { dropSurfaces } from '../state/surfaces.ts';

/** Makes a lost run again as it was made the first time; config, edits, work area and viewport stay. */
export async function remakeRun(runId: string): Promise<void> {
  const lost = runOf(libraryStore.getState(), runId);
  if (!lost?.source) throw new HeadscopeError('RUN_NOT_FOUND', 'This run was made elsewhere. Start a new run with its model and prompt.');
  const { source, name } = lost;
  const job = startJob({
    title: `Run ${name} again`,
    resume: { label: 'Start again', run: () => void remakeRun(runId) },
    run: async ({ signal, onProgress }) => {
      const client = engine();
      if (source.method === 'run.prefill') return client.call('run.prefill', source.params, { signal, onProgress });
      if (source.method === 'run.open') return client.call('run.open', source.params, { signal, onProgress });
      return client.call('run.capture', source.params, { signal, onProgress });
    },
  });
  try {
    const info = await job.result;
    dropRun(runId);
    addRun(info, name, source);
    moveDocument(runId, info.runId);
    moveJobs(runId, info.runId);
    moveNotices(runId, info.runId);
    if (focusStore.getState().runId === info.runId) showRun(info.runId);
    // The same weights and the same prompt give the same scores; anything else has to be asked again.
    const same = info.model.hash === lost.info.model.hash && info.promptHash === lost.info.promptHash && info.rows === lost.info.rows;
    if (same && info.model.hash !== null) {
      moveMeasurements(runId, info.runId);
      moveSearches(runId, info.runId);
    }
    dropSurfaces(runId);
    dropEvaluations(runId);
    dropMeasurements(runId);
    dropSearches(runId);
    dismissTopic('run lost');
  } catch (thrown) {
    notifyError(thrown, `${name} was not run again`);
  }
}

export async function recoverRuns(): Promise<void> {
  markRunsLost();
  await refreshLibrary();
  const current = runOf(libraryStore.getState(), focusStore.getState().runId);
  if (!current) return;
  if (current.live) {
    notify({ tone: 'ok', title: 'Connected again.', detail: 'The run and your edits are as they were.', topic: 'run lost' });
    return;
  }
  notify({
    tone: 'warn',
    title: 'The engine is back, without the run.',
    detail: `${current.name} has to be run again. The picture, the config and your edits are kept.`,
    topic: 'run lost',
    runId: current.info.runId,
    ...(current.source ? { action: { label: 'Run again', run: () => void remakeRun(current.info.runId) } } : {}),
  });
}
