import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import { isActive, type Job, jobsStore, removeEndedJobs, removeJob, resumeJob } from '../state/jobs.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { duration, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';

export function jobDetail(job: Job): string {
  // What it was about last says nothing once it has ended; what it took does.
  if (job.state === 'done') return job.endedAt === null ? '' : `took ${duration(job.endedAt - job.startedAt)}`;
  const counted = job.total > 0 && job.unit !== '' ? `${job.unit} ${wholeNumber(job.done)} of ${wholeNumber(job.total)}` : '';
  return job.note !== '' ? job.note : counted;
}

/** From the pace so far, once a tenth is done: '12 s left'. */
export function timeLeft(job: Job, now: number): string {
  const share = job.total > 0 ? job.done / job.total : 0;
  if (job.state !== 'running' || share < 0.1 || share >= 1) return '';
  const seconds = ((now - job.startedAt) * (1 - share)) / share / 1000;
  if (seconds < 1) return '';
  return seconds < 90 ? `${Math.round(seconds)} s left` : `${Math.round(seconds / 60)} min left`;
}

const WORDS = { queued: 'queued', running: '', done: 'done', failed: 'failed', cancelled: 'cancelled', stopped: 'stopped' } as const;

/** What a job that ended early left behind: '5 of 32 heads kept'. */
export function keptText(job: Job): string {
  if (job.resume?.label !== 'Resume' || job.total === 0) return job.state === 'stopped' ? 'the engine was lost' : '';
  return `${wholeNumber(job.done)} of ${wholeNumber(job.total)} ${job.unit === '' ? '' : `${job.unit}s `}kept`;
}

/** Why the job cannot go on now; undefined: it can. */
function useResumeBlock(job: Job): string | undefined {
  const ready = useStore(connectionStore, (state) => state.status === 'ready');
  const live = useStore(libraryStore, (state) => job.runId === null || runOf(state, job.runId)?.live === true);
  if (!ready) return 'The engine is not connected.';
  return live ? undefined : 'The engine no longer holds this run. Run it again first.';
}

function JobRow({ job }: { job: Job }) {
  const active = isActive(job);
  const blocked = useResumeBlock(job);
  const fraction = job.total > 0 ? job.done / job.total : null;
  const share = fraction !== null && active ? `${Math.round(100 * fraction)} %` : '';
  const hurt = job.state === 'failed' || job.state === 'stopped';
  const tone = job.state === 'failed' ? 'c-danger' : job.state === 'stopped' ? 'c-warn' : 't3';
  const resume = active || job.state === 'done' ? null : job.resume;
  return (
    <li className="job">
      <div className="l1">
        <span className="trunc" title={job.title}>
          {job.title}
        </span>
        <span className={`sm ${tone}`}>{job.state === 'running' ? share : WORDS[job.state]}</span>
        {active ? (
          <IconButton icon="stop" label={`Cancel ${job.title}`} onClick={job.cancel} />
        ) : (
          <>
            {resume && (
              <IconButton icon="play" label={`${resume.label}: ${job.title}`} disabledBecause={blocked} onClick={() => resumeJob(job)} />
            )}
            <IconButton icon="close" label={`Remove ${job.title}`} onClick={() => removeJob(job.id)} />
          </>
        )}
      </div>
      <ProgressBar label={job.title} fraction={job.state === 'done' ? 1 : fraction} look={active ? 'running' : hurt ? 'warn' : 'idle'} />
      {job.error ? (
        <p className="why">{job.error.message}</p>
      ) : (
        <div className="l2">
          <span className="trunc">{active || job.state === 'done' ? jobDetail(job) : keptText(job)}</span>
          <span>{timeLeft(job, Date.now())}</span>
        </div>
      )}
    </li>
  );
}

/** Running jobs first to see, the newest at the bottom; each can be cancelled, or removed once it has ended. */
export function Jobs() {
  const jobs = useStore(jobsStore, (state) => state.jobs);
  const running = jobs.filter((job) => job.state === 'running').length;
  const queued = jobs.filter((job) => job.state === 'queued').length;
  if (jobs.length === 0) return null;
  const ended = jobs.filter((job) => !isActive(job) && job.state !== 'done').length;
  const counts = [running > 0 && `${running} running`, queued > 0 && `${queued} queued`].filter(Boolean).join(', ');
  return (
    <section className="jobs" aria-label="Jobs">
      <div className="rail-h">
        <h2>Jobs</h2>
        <span className="t3 sm">{counts}</span>
        {ended > 1 && (
          <Button look="link" small onClick={removeEndedJobs}>
            Clear
          </Button>
        )}
      </div>
      <ul>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </ul>
    </section>
  );
}
