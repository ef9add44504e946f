// Jobs: order, progress, cancelling, and what happens to what they hold.
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Job, NativeAddon, NativeLayer, NativePattern } from './addon.ts';
import { findAddon, loadAddon } from './load.ts';
import { randomFloats } from './reference_attention.ts';

const LONG = { heads: 1, kvHeads: 1, headDim: 64, rows: 40_000, scale: 0.125 };
const SHORT = { heads: 1, kvHeads: 1, headDim: 16, rows: 200, scale: 0.25 };
const pattern: NativePattern = { kind: 'a_shape', sink: 64, window: 39_000 };

let addon: NativeAddon;
let long: NativeLayer;
let short: NativeLayer;
beforeAll(() => {
  addon = loadAddon();
  const x = randomFloats(LONG.rows * LONG.headDim, 1);
  long = addon.captureLayer(x, x, x, LONG);
  const y = randomFloats(SHORT.rows * SHORT.headDim, 2);
  short = addon.captureLayer(y, y, y, SHORT);
});

const longJob = (onProgress: (done: number, total: number, note: string) => void = () => {}) =>
  long.evaluate(0, pattern, false, 2, onProgress);
const shortJob = () => short.lse(0, new Float32Array(SHORT.rows), 1);
const codeOf = (job: Job<unknown>) =>
  job.promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof Error ? String(Reflect.get(error, 'code')) : 'not an error'),
  );
/** Resolves once the job has begun, which its first progress says. */
function begun(): { job: Job<unknown>; running: Promise<void> } {
  const { promise: running, resolve } = withResolvers();
  return { job: longJob(resolve), running };
}
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Far above the latency that bench/ reports: a loaded machine must not fail a test of behaviour. */
const PROMPT_MS = 2000;

describe('cancelling', () => {
  it('a running job answers at once and frees the engine', async () => {
    const latencies: { answered: number; freed: number }[] = [];
    for (let round = 0; round < 5; round += 1) {
      const { job, running } = begun();
      await running;
      await sleep(30 * round);
      const next = shortJob();
      const start = performance.now();
      job.cancel();
      expect(await codeOf(job)).toBe('CANCELLED');
      const answered = performance.now() - start;
      await next.promise;
      latencies.push({ answered, freed: performance.now() - start });
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[2]!;
    expect(median(latencies.map((l) => l.answered))).toBeLessThan(PROMPT_MS);
    expect(median(latencies.map((l) => l.freed))).toBeLessThan(PROMPT_MS);
  });

  it('a queued job rejects it while the one before still runs', async () => {
    const first = begun();
    await first.running;
    const second = shortJob();
    const third = shortJob();
    second.cancel();
    expect(await codeOf(second)).toBe('CANCELLED');
    let thirdDone = false;
    third.promise.then(() => {
      thirdDone = true;
    });
    await sleep(20);
    expect(thirdDone).toBe(false);
    first.job.cancel();
    await codeOf(first.job);
    await third.promise;
  });

  it('a settled job, or twice, does nothing', async () => {
    const job = shortJob();
    await job.promise;
    job.cancel();
    const other = shortJob();
    other.cancel();
    other.cancel();
    expect(await codeOf(other)).toBe('CANCELLED');
  });
});

describe('hurrying', () => {
  it('a job goes between two pieces of the one at work, before those that wait', async () => {
    const first = begun();
    await first.running;
    const order: string[] = [];
    const named = (name: string, job: Job<unknown>) => job.promise.then(() => order.push(name));
    const waiting = [named('second', shortJob()), named('third', shortJob())];
    const hurried = shortJob();
    hurried.hurry();
    let over = false;
    const end = codeOf(first.job).then(() => {
      over = true;
    });
    await named('hurried', hurried);
    expect(over).toBe(false);
    first.job.cancel();
    await end;
    await Promise.all(waiting);
    expect(order).toEqual(['hurried', 'second', 'third']);
  });

  it('a job that waits so is withdrawn like any other; one at work, or done, takes no notice', async () => {
    const first = begun();
    await first.running;
    first.job.hurry();
    const hurried = shortJob();
    hurried.hurry();
    hurried.cancel();
    expect(await codeOf(hurried)).toBe('CANCELLED');
    first.job.cancel();
    expect(await codeOf(first.job)).toBe('CANCELLED');
    const done = shortJob();
    await done.promise;
    done.hurry();
    await shortJob().promise;
  });

  it('leaves the numbers of the job that holds still as they are', async () => {
    const x = randomFloats(6000 * 64, 3);
    const layer = addon.captureLayer(x, x, x, { ...LONG, rows: 6000 });
    const alone = await layer.evaluate(0, pattern, false, 2, () => {}).promise;
    const other = addon.captureLayer(x, x, x, { ...LONG, rows: 6000 });
    const disturbed = other.evaluate(0, pattern, false, 2, () => {});
    const lse = [new Float32Array(6000), new Float32Array(6000)];
    // Of the same head: both compute its log-sum-exp.
    const between = lse.map((into) => other.lse(0, into, 2));
    for (const job of between) job.hurry();
    const found = await disturbed.promise;
    await Promise.all(between.map(({ promise }) => promise));
    expect(found.rowRecall).toEqual(alone.rowRecall);
    expect(found.outputRelL2).toBe(alone.outputRelL2);
    expect(lse[0]).toEqual(lse[1]);
  });
});

describe('progress', () => {
  it('rises, stays in range, comes at most 20 times a second, and never after the end', async () => {
    const calls: { done: number; total: number; note: string }[] = [];
    const start = performance.now();
    const x = randomFloats(14_000 * 64, 4);
    const layer = addon.captureLayer(x, x, x, { ...LONG, rows: 14_000 });
    await layer.evaluate(0, pattern, false, 1, (done, total, note) => calls.push({ done, total, note })).promise;
    const seconds = (performance.now() - start) / 1000;
    const count = calls.length;
    await sleep(150);
    expect(calls.length).toBe(count);
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(20 * seconds + 2);
    for (const [i, call] of calls.entries()) {
      expect(call.done).toBeGreaterThanOrEqual(i === 0 ? 0 : calls[i - 1]!.done);
      expect(call.done).toBeLessThanOrEqual(call.total);
      expect(call.note).not.toBe('');
    }
  });

  it('does not pile up while JavaScript is busy', async () => {
    let calls = 0;
    const first = withResolvers();
    const job = longJob(() => {
      calls += 1;
      first.resolve();
    });
    await first.promise;
    const before = calls;
    const until = performance.now() + 400;
    while (performance.now() < until);
    await sleep(0);
    expect(calls - before).toBeLessThanOrEqual(2);
    job.cancel();
    await codeOf(job);
  });

  it('whose callback throws cancels the job and rejects with that error', async () => {
    const job = longJob(() => {
      throw new RangeError('mine');
    });
    await expect(job.promise).rejects.toThrow(RangeError);
    const start = performance.now();
    await shortJob().promise;
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('stops at a cancel', async () => {
    let calls = 0;
    const running = withResolvers();
    const job = longJob(() => {
      calls += 1;
      running.resolve();
    });
    await running.promise;
    job.cancel();
    const then = calls;
    await codeOf(job);
    await sleep(120);
    expect(calls).toBe(then);
  });
});

describe('jobs', () => {
  it('run in the order they were asked for, without holding the event loop', async () => {
    const order: number[] = [];
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 5);
    const first = long.index(0, { kind: 'block_sparse', blocks: 20, blockSize: 16 }, false, 1).promise.then(() => order.push(1));
    const start = performance.now();
    const rest = [2, 3, 4].map((n) => shortJob().promise.then(() => order.push(n)));
    await Promise.all([first, ...rest]);
    const elapsed = performance.now() - start;
    clearInterval(ticking);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(ticks).toBeGreaterThan(elapsed / 5 / 4 - 2);
  });

  it('outlive the close of their layer', async () => {
    const y = randomFloats(SHORT.rows * SHORT.headDim, 2);
    const layer = addon.captureLayer(y, y, y, SHORT);
    const blocker = begun();
    await blocker.running;
    const found = new Float32Array(SHORT.rows);
    const job = layer.lse(0, found, 1);
    layer.close();
    blocker.job.cancel();
    await codeOf(blocker.job);
    await job.promise;
    const wanted = new Float32Array(SHORT.rows);
    await short.lse(0, wanted, 1).promise;
    expect(found).toEqual(wanted);
  });

  it('refuse an array that was detached or shrunk while they ran', async () => {
    const moved = new Float32Array(SHORT.rows);
    const job = short.lse(0, moved, 1);
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    expect(await codeOf(job)).toBe('INVALID_REQUEST');

    const resizable: unknown = Reflect.construct(ArrayBuffer, [SHORT.rows * 4, { maxByteLength: SHORT.rows * 4 }]);
    if (!(resizable instanceof ArrayBuffer)) throw new Error('no ArrayBuffer');
    const shrunk = new Float32Array(resizable);
    const other = short.lse(0, shrunk, 1);
    const resize: unknown = Reflect.get(resizable, 'resize');
    if (typeof resize === 'function') Reflect.apply(resize, resizable, [0]);
    expect(await codeOf(other)).toBe('INVALID_REQUEST');
  });

  it('fill arrays over shared memory', async () => {
    const shared = new Float32Array(new SharedArrayBuffer(SHORT.rows * 4));
    await short.lse(0, shared, 1).promise;
    const plain = new Float32Array(SHORT.rows);
    await short.lse(0, plain, 1).promise;
    expect(Array.from(shared)).toEqual(Array.from(plain));
  });

  it('leave nothing behind', async () => {
    const y = randomFloats(2_000 * 64, 3);
    const shape = { heads: 1, kvHeads: 1, headDim: 64, rows: 2_000, scale: 0.125 };
    const round = async () => {
      for (let i = 0; i < 100; i += 1) {
        const layer = addon.captureLayer(y, y, y, shape);
        const job = layer.evaluate(0, { kind: 'a_shape', sink: 8, window: 8 }, false, 2, () => {});
        if (i % 2 === 0) layer.close();
        if (i % 5 === 0) job.cancel();
        await codeOf(job);
      }
    };
    await round();
    const before = process.memoryUsage().rss;
    await round();
    await round();
    // Each layer holds 1.5 MB: 200 forgotten ones would be 300 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(100 << 20);
  });
});

describe('environments', () => {
  // A script that starts a long job in an environment of its own and says 'running' on its first progress.
  const script = (then: string) => `
    const addon = require(${JSON.stringify(findAddon())});
    const shape = { heads: 1, kvHeads: 1, headDim: 64, rows: 40000, scale: 0.125 };
    const x = new Float32Array(shape.rows * shape.headDim).fill(0.01);
    const layer = addon.captureLayer(x, x, x, shape);
    const pattern = { kind: 'a_shape', sink: 64, window: 39000 };
    let said = false;
    const job = layer.evaluate(0, pattern, false, 2, () => { if (!said) { said = true; ${then} } });
    layer.lse(0, new Float32Array(40000), 1);
  `;

  it('end with jobs running: a worker that is terminated', async () => {
    for (let round = 0; round < 3; round += 1) {
      const worker = new Worker(script(`require('node:worker_threads').parentPort.postMessage('running')`), { eval: true });
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
      const start = performance.now();
      await worker.terminate();
      expect(performance.now() - start).toBeLessThan(2000);
    }
    await shortJob().promise;
  });

  it('end with jobs running: a process that exits', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script(`console.log('running'); process.exit(0)`)]);
    expect(stdout).toBe('running\n');
  });

  it('are kept alive by a job, and end after it', async () => {
    const source = `
      const addon = require(${JSON.stringify(findAddon())});
      const x = new Float32Array(3000 * 64).fill(0.01);
      const layer = addon.captureLayer(x, x, x, { heads: 1, kvHeads: 1, headDim: 64, rows: 3000, scale: 0.125 });
      layer.lse(0, new Float32Array(3000), 1).promise.then(() => console.log('done'));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', source], { timeout: 30_000 });
    expect(stdout).toBe('done\n');
  });

  it('work side by side', async () => {
    const source = `
      const { parentPort, workerData } = require('node:worker_threads');
      const addon = require(workerData);
      const x = new Float32Array(500 * 64).fill(0.125);
      const layer = addon.captureLayer(x, x, x, { heads: 1, kvHeads: 1, headDim: 64, rows: 500, scale: 0.125 });
      const lse = new Float32Array(500);
      layer.lse(0, lse, 1).promise.then(() => parentPort.postMessage(lse[499]));`;
    const workers = [1, 2, 3].map(() => new Worker(source, { eval: true, workerData: findAddon() }));
    const answers = await Promise.all(
      workers.map((worker) => new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))),
    );
    for (const answer of answers) expect(Math.abs(Number(answer) - (0.125 + Math.log(500)))).toBeLessThan(1e-4);
    await shortJob().promise;
  });
});
