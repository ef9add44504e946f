// Everything that takes longer than a blink: one row a job, with its progress, and one way to cancel it.
import { createStore } from 'zustand/vanilla';
import { codedError, type Progress } from '../../engine/protocol/envelope.ts';

/** `stopped`: the engine went away under it. */
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'stopped';

/** How to go on with a job that ended early. */
export interface JobResume {
  /** 'Resume' goes on from what was kept, 'Start again' from nothing. */
  label: 'Resume' | 'Start again';
  /** `runId`: the job's run, which may have been made again since. */
  run: (runId: string | null) => void;
}

export interface Job {
  id: number;
  /** 'Search, L14 H21' */
  title: string;
  state: JobState;
  /** Of `total` units; total 0: not known yet. */
  done: number;
  total: number;
  unit: string;
  note: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number | null;
  error: { code: string; message: string } | null;
  /** The run it asks; its jobs end with it. */
  runId: string | null;
  resume: JobResume | null;
  /** Does nothing once the job has ended. */
  cancel: () => void;
}

export interface JobsState {
  /** Newest last. */
  jobs: readonly Job[];
}

export const jobsStore = createStore<JobsState>()(() => ({ jobs: [] }));

/** Jobs that ended well leave the list after this; the others stay until they are removed. */
const DONE_STAYS_MS = 4000;
const MOST_ENDED = 50;
let nextId = 1;

function change(id: number, part: Partial<Job>): void {
  jobsStore.setState(({ jobs }) => ({ jobs: jobs.map((job) => (job.id === id ? { ...job, ...part } : job)) }));
}

export function removeJob(id: number): void {
  jobsStore.setState(({ jobs }) => ({ jobs: jobs.filter((job) => job.id !== id) }));
}

export interface JobContext {
  signal: AbortSignal;
  /** Fits CallOptions.onProgress. */
  onProgress: (progress: Progress) => void;
}

export interface StartedJob<T> {
  id: number;
  /** Rejects with the job's error, CANCELLED included; a caller that does not look loses nothing: the row says it. */
  result: Promise<T>;
  cancel: () => void;
}

export interface JobRequest<T> {
  title: string;
  runId?: string;
  resume?: JobResume;
  run: (context: JobContext) => Promise<T>;
}

/** Runs `run` at once as a visible job. */
export function startJob<T>({ title, run, runId, resume }: JobRequest<T>): StartedJob<T> {
  const id = nextId++;
  const abort = new AbortController();
  const cancel = () => abort.abort();
  const job: Job = {
    id,
    title,
    state: 'queued',
    done: 0,
    total: 0,
    unit: '',
    note: '',
    startedAt: Date.now(),
    endedAt: null,
    error: null,
    runId: runId ?? null,
    resume: resume ?? null,
    cancel,
  };
  jobsStore.setState(({ jobs }) => {
    const ended = jobs.filter((other) => other.endedAt !== null);
    const drop = new Set(ended.slice(0, Math.max(0, ended.length - MOST_ENDED)).map((other) => other.id));
    return { jobs: [...jobs.filter((other) => !drop.has(other.id)), job] };
  });
  const onProgress = ({ done, total, unit, note }: Progress) => change(id, { state: 'running', done, total, unit, note });
  const result = (async () => {
    try {
      const value = await run({ signal: abort.signal, onProgress });
      change(id, { state: 'done', endedAt: Date.now() });
      setTimeout(() => removeJob(id), DONE_STAYS_MS);
      return value;
    } catch (thrown) {
      const { code, message } = codedError(thrown);
      const state = code === 'CANCELLED' || abort.signal.aborted ? 'cancelled' : code === 'BACKEND_LOST' ? 'stopped' : 'failed';
      change(id, { state, endedAt: Date.now(), error: state === 'failed' ? { code, message } : null });
      throw thrown;
    }
  })();
  result.catch(() => {});
  return { id, result, cancel };
}

/** Goes on with a job that ended early, as a job of its own. */
export function resumeJob(job: Job): void {
  removeJob(job.id);
  job.resume?.run(job.runId);
}

/** Ended rows leave the list. */
export function removeEndedJobs(): void {
  jobsStore.setState(({ jobs }) => ({ jobs: jobs.filter(isActive) }));
}

/** The run is closed: what asks it is cancelled, and what could be resumed on it goes. */
export function endJobsOf(runId: string): void {
  const { jobs } = jobsStore.getState();
  for (const job of jobs) if (job.runId === runId && isActive(job)) job.cancel();
  jobsStore.setState({ jobs: jobs.filter((job) => job.runId !== runId || isActive(job)) });
}

/** The run was made again under another id. */
export function moveJobs(from: string, to: string): void {
  jobsStore.setState(({ jobs }) => ({ jobs: jobs.map((job) => (job.runId === from ? { ...job, runId: to } : job)) }));
}

export function isActive(job: Job): boolean {
  return job.state === 'queued' || job.state === 'running';
}
