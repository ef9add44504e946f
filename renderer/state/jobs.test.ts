import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { isActive, jobsStore, removeJob, startJob } from './jobs.ts';

beforeEach(() => {
  vi.useFakeTimers();
  jobsStore.setState({ jobs: [] });
});
afterEach(() => vi.useRealTimers());

const row = (id: number) => jobsStore.getState().jobs.find((job) => job.id === id);

describe('jobs', () => {
  it('show progress, then leave the list once they are done', async () => {
    let finish = (_value: string) => {};
    const job = startJob({
      title: 'Work',
      run: ({ onProgress }) => {
        onProgress({ done: 3, total: 10, unit: 'layer', note: '' });
        return new Promise<string>((resolve) => {
          finish = resolve;
        });
      },
    });
    expect(row(job.id)).toMatchObject({ state: 'running', done: 3, total: 10, unit: 'layer' });
    finish('answer');
    await expect(job.result).resolves.toBe('answer');
    expect(row(job.id)?.state).toBe('done');
    vi.advanceTimersByTime(10_000);
    expect(row(job.id)).toBeUndefined();
  });

  it('are cancelled by their row', async () => {
    const job = startJob({
      title: 'Work',
      run: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new HeadscopeError('CANCELLED', 'cancelled')))),
    });
    row(job.id)?.cancel();
    await expect(job.result).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(row(job.id)).toMatchObject({ state: 'cancelled', error: null });
    vi.advanceTimersByTime(60_000);
    expect(row(job.id)).toBeDefined();
    removeJob(job.id);
    expect(jobsStore.getState().jobs).toEqual([]);
  });

  it('keep the sentence of a failure', async () => {
    const job = startJob({ title: 'Work', run: () => Promise.reject(new HeadscopeError('OUT_OF_MEMORY', '4 GiB asked, 1 GiB free')) });
    await expect(job.result).rejects.toThrow();
    expect(row(job.id)).toMatchObject({ state: 'failed', error: { code: 'OUT_OF_MEMORY', message: '4 GiB asked, 1 GiB free' } });
    expect(jobsStore.getState().jobs.some(isActive)).toBe(false);
  });
});
