import { useStore } from 'zustand';
import { isActive, type Job, jobsStore, removeJob } from '../state/jobs.ts';
import { IconButton } from '../ui/Button.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';

export function jobDetail(job: Job): string {
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

const WORDS = { queued: 'queued', running: '', done: 'done', failed: 'failed', cancelled: 'cancelled' } as const;

function JobRow({ job }: { job: Job }) {
  const active = isActive(job);
  const fraction = job.total > 0 ? job.done / job.total : null;
  const share = fraction !== null && active ? `${Math.round(100 * fraction)} %` : '';
  const word = job.state === 'failed' ? <span className="c-danger">failed</span> : WORDS[job.state];
  const idle = job.state === 'failed' ? 'warn' : 'idle';
  return (
    <li className="job">
      <div className="l1">
        <span className="trunc" title={job.title}>
          {job.title}
        </span>
        <span className="t3 sm">{job.state === 'running' ? share : word}</span>
        {active ? (
          <IconButton icon="stop" label={`Cancel ${job.title}`} onClick={job.cancel} />
        ) : (
          <IconButton icon="close" label={`Remove ${job.title}`} onClick={() => removeJob(job.id)} />
        )}
      </div>
      <ProgressBar label={job.title} fraction={job.state === 'done' ? 1 : fraction} look={active ? 'running' : idle} />
      {job.error ? (
        <p className="why">{job.error.message}</p>
      ) : (
        <div className="l2">
          <span className="trunc">{jobDetail(job)}</span>
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
  const counts = [running > 0 && `${running} running`, queued > 0 && `${queued} queued`].filter(Boolean).join(', ');
  return (
    <section className="jobs" aria-label="Jobs">
      <div className="rail-h">
        <h2>Jobs</h2>
        <span className="t3 sm">{counts}</span>
      </div>
      <ul>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </ul>
    </section>
  );
}
