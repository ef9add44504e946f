import { describe, expect, it } from 'vitest';
import { CancelSource } from '../protocol/cancel.ts';
import { awaitJob, NativeQueue } from './native_queue.ts';

const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

describe('the native queue', () => {
  it('runs one task at a time, interactive ones first, each lane in order', async () => {
    const queue = new NativeQueue();
    const order: string[] = [];
    let running = 0;
    const task = (name: string) => async () => {
      running += 1;
      expect(running).toBe(1);
      await idle(2);
      order.push(name);
      running -= 1;
    };
    const all = [
      queue.run('batch', undefined, task('first')),
      queue.run('batch', undefined, task('second')),
      queue.run('interactive', undefined, task('tile 1')),
      queue.run('batch', undefined, task('third')),
      queue.run('interactive', undefined, task('tile 2')),
    ];
    await Promise.all(all);
    expect(order).toEqual(['first', 'tile 1', 'tile 2', 'second', 'third']);
  });

  it('goes on after a task that fails', async () => {
    const queue = new NativeQueue();
    const failing = queue.run('batch', undefined, async () => {
      throw new Error('broken');
    });
    await expect(failing).rejects.toThrow('broken');
    const throwing = queue.run('batch', undefined, () => {
      throw new Error('at once');
    });
    await expect(throwing).rejects.toThrow('at once');
    expect(await queue.run('batch', undefined, async () => 7)).toBe(7);
  });

  it('lets a cancelled task leave at once, whether it waits or was never to start', async () => {
    const queue = new NativeQueue();
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const first = queue.run('batch', undefined, () => gate);
    const source = new CancelSource();
    let started = false;
    const waiting = queue.run('interactive', source, async () => {
      started = true;
    });
    source.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(queue.run('interactive', source, async () => {})).rejects.toMatchObject({ code: 'CANCELLED' });
    open();
    await first;
    expect(started).toBe(false);
    expect(await queue.run('batch', undefined, async () => 1)).toBe(1);
  });

  it('passes a cancel on to the native job, once', async () => {
    const source = new CancelSource();
    let cancels = 0;
    let fail: (error: Error) => void = () => {};
    const promise = new Promise<number>((_resolve, reject) => {
      fail = reject;
    });
    const job = {
      promise,
      cancel: () => {
        cancels += 1;
        fail(new Error('stopped'));
      },
    };
    const waiting = awaitJob(job, source);
    source.abort();
    source.abort();
    await expect(waiting).rejects.toThrow('stopped');
    expect(cancels).toBe(1);
  });
});
