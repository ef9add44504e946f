import { describe, expect, it } from 'vitest';
import { CancelSource } from '../protocol/cancel.ts';
import { awaitJob, NativeQueue } from './native_queue.ts';

const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

describe('the native queue', () => {
  it('runs one task at a time, what the head on screen needs before whole-model work, each lane in order', async () => {
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
      queue.run('figures', undefined, task('surface 1')),
      queue.run('batch', undefined, task('third')),
      queue.run('figures', undefined, task('surface 2')),
    ];
    await Promise.all(all);
    expect(order).toEqual(['first', 'surface 1', 'surface 2', 'second', 'third']);
  });

  it('lets pictures in while another task is under way, one at a time, and nothing else before they are done', async () => {
    const queue = new NativeQueue();
    const order: string[] = [];
    const gates = new Map<string, () => void>();
    const gated = (name: string) => () => {
      order.push(name);
      return new Promise<void>((resolve) => gates.set(name, resolve));
    };
    const pass = async (name: string) => {
      gates.get(name)?.();
      await idle(0);
    };
    const all = [queue.run('batch', undefined, gated('search'))];
    await idle(0);
    for (const [urgency, name] of [
      ['figures', 'surface'],
      ['picture', 'tile 1'],
      ['picture', 'tile 2'],
    ] as const)
      all.push(queue.run(urgency, undefined, gated(name)));
    await idle(0);
    expect(order).toEqual(['search', 'tile 1']);
    await pass('search');
    expect(order).toEqual(['search', 'tile 1']);
    await pass('tile 1');
    expect(order).toEqual(['search', 'tile 1', 'tile 2']);
    await pass('tile 2');
    expect(order).toEqual(['search', 'tile 1', 'tile 2', 'surface']);
    await pass('surface');
    await Promise.all(all);
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
    const waiting = queue.run('figures', source, async () => {
      started = true;
    });
    source.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
    await expect(queue.run('figures', source, async () => {})).rejects.toMatchObject({ code: 'CANCELLED' });
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
      hurry: () => {},
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

  it('hurries the jobs of a picture and no others', async () => {
    const hurried: string[] = [];
    const job = (name: string) => ({ promise: Promise.resolve(), cancel: () => {}, hurry: () => void hurried.push(name) });
    await awaitJob(job('tile'), undefined, 'picture');
    await awaitJob(job('surface'), undefined, 'figures');
    await awaitJob(job('prefill'), undefined);
    expect(hurried).toEqual(['tile']);
  });
});
