// What happened, line by line: connections, jobs, notices. Kept for this window only.
import { createStore } from 'zustand/vanilla';
import { connectionStore } from '../state/connection.ts';
import { jobsStore } from '../state/jobs.ts';
import { noticesStore } from '../state/notices.ts';

export interface LogLine {
  id: number;
  /** Milliseconds since 1970. */
  at: number;
  source: 'engine' | 'job' | 'notice';
  text: string;
}

const MOST_LINES = 500;
let nextId = 1;

export const logStore = createStore<{ lines: readonly LogLine[] }>()(() => ({ lines: [] }));

export function log(source: LogLine['source'], text: string): void {
  logStore.setState(({ lines }) => ({ lines: [...lines, { id: nextId++, at: Date.now(), source, text }].slice(-MOST_LINES) }));
}

/** Follows the stores until the returned function is called. */
export function keepLog(): () => void {
  const stops = [
    connectionStore.subscribe((now, before) => {
      if (now.status === before.status) return;
      const text = { connecting: 'connecting', ready: `connected, ${now.hello?.build ?? ''}`, lost: 'lost', failed: 'given up' }[
        now.status
      ];
      log('engine', now.error && now.status !== 'ready' ? `${text}: ${now.error.message}` : text);
    }),
    jobsStore.subscribe(({ jobs }, { jobs: before }) => {
      const old = new Map(before.map((job) => [job.id, job]));
      for (const job of jobs) {
        const last = old.get(job.id);
        if (!last) log('job', `${job.title}: started`);
        else if (job.endedAt !== null && last.endedAt === null) {
          const seconds = ((job.endedAt - job.startedAt) / 1000).toFixed(2);
          log('job', `${job.title}: ${job.state} after ${seconds} s${job.error ? `: ${job.error.message}` : ''}`);
        }
      }
    }),
    noticesStore.subscribe(({ notices }, { notices: before }) => {
      const old = new Set(before.map((notice) => notice.id));
      for (const notice of notices) if (!old.has(notice.id)) log('notice', `${notice.title} ${notice.detail}`.trim());
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
