// One worker thread for one tokenizer: started when first needed, stopped by cancelling or closing.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HeadscopeError } from '../protocol/errors.ts';
import type { WorkerReply } from './worker_messages.ts';

interface Waiting {
  resolve(ids: Int32Array): void;
  reject(error: Error): void;
}

/** The worker's bundle beside this code's; null where this code runs from its sources, which Node cannot start a thread from. */
export function builtWorker(): string | null {
  const path = join(dirname(fileURLToPath(import.meta.url)), 'tokenizer-worker.mjs');
  return existsSync(path) ? path : null;
}

export class EncodingThread {
  private readonly path: string;
  private readonly tokenizerJson: string;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | null = null;
  private nextId = 0;

  constructor(path: string, tokenizerJson: string) {
    this.path = path;
    this.tokenizerJson = tokenizerJson;
  }

  /** Cancelling stops the thread, for it cannot be interrupted; other texts in it are sent to the next one. Rejects with CANCELLED. */
  async encode(text: string, signal?: AbortSignal): Promise<Int32Array> {
    for (;;) {
      const ids = await this.attempt(text, signal);
      if (ids !== 'stopped') return ids;
    }
  }

  private attempt(text: string, signal: AbortSignal | undefined): Promise<Int32Array | 'stopped'> {
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const worker = this.start();
      const id = this.nextId++;
      const onAbort = () => {
        this.waiting.delete(id);
        reject(cancelled());
        this.stop('stopped');
      };
      const settled = () => signal?.removeEventListener('abort', onAbort);
      this.waiting.set(id, {
        resolve: (ids) => {
          settled();
          resolve(ids);
        },
        reject: (error) => {
          settled();
          if (error === STOPPED) resolve('stopped');
          else reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.ref();
      worker.postMessage({ id, text });
    });
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const worker = new Worker(this.path, { workerData: { tokenizerJson: this.tokenizerJson } });
    worker.on('message', (reply: WorkerReply) => {
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (this.waiting.size === 0) worker.unref(); // an idle thread keeps no process alive
      if ('ids' in reply) waiting?.resolve(reply.ids);
      else waiting?.reject(new HeadscopeError(reply.code, reply.message));
    });
    worker.on('error', (error) => {
      if (this.worker === worker) this.fail(new HeadscopeError('INTERNAL', `The tokenizer's thread failed: ${error.message}.`));
    });
    worker.on('exit', (status) => {
      if (this.worker === worker) this.fail(new HeadscopeError('INTERNAL', `The tokenizer's thread ended with status ${status}.`));
    });
    this.worker = worker;
    return worker;
  }

  private stop(how: 'stopped' | 'closed'): void {
    const worker = this.worker;
    this.worker = null;
    void worker?.terminate();
    this.settleAll(how === 'stopped' ? STOPPED : cancelled());
  }

  private fail(error: HeadscopeError): void {
    this.worker = null;
    this.settleAll(error);
  }

  private settleAll(error: Error): void {
    const all = [...this.waiting.values()];
    this.waiting.clear();
    for (const waiting of all) waiting.reject(error);
  }

  close(): void {
    this.stop('closed');
  }
}

const STOPPED = new Error('the thread was stopped for another request');

function cancelled(): HeadscopeError {
  return new HeadscopeError('CANCELLED', 'Tokenizing was cancelled.');
}
