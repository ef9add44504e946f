// Chat templates run on a thread with little memory and little time: a loop without end or a list of a billion stops the thread, no more.
import { Worker } from 'node:worker_threads';
import { HeadscopeError } from '../protocol/errors.ts';
import { renderTemplate } from './template_render.ts';
import { withTimeLimit } from './time_limit.ts';
import { builtWorker } from './tokenizer_thread.ts';
import type { RenderReply, RenderRequest, WorkerTask } from './worker_messages.ts';

const LIMIT_MS = 5000;
const MEMORY_MIB = 256;

export interface TemplateThreadOptions {
  /** The built worker's path; found beside the running bundle unless told. null: render in this thread, which bounds the time alone. */
  worker?: string | null;
  limitMs?: number;
}

export class TemplateThread {
  private readonly path: string | null;
  private readonly limitMs: number;
  private worker: Worker | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private nextId = 0;

  constructor({ worker, limitMs = LIMIT_MS }: TemplateThreadOptions = {}) {
    this.path = worker === undefined ? builtWorker() : worker;
    this.limitMs = limitMs;
  }

  /** One after the other. Rejects with INVALID_REQUEST where the template refuses, TOKENIZER_INVALID, LIMIT_EXCEEDED or, through the signal, CANCELLED. */
  render(source: string, variables: Readonly<Record<string, unknown>>, signal?: AbortSignal): Promise<string> {
    const turn = this.last.then(() => this.attempt(source, variables, signal));
    this.last = turn.catch(() => {});
    return turn;
  }

  close(): void {
    const worker = this.worker;
    this.worker = null;
    void worker?.terminate();
  }

  private attempt(source: string, variables: Readonly<Record<string, unknown>>, signal: AbortSignal | undefined): Promise<string> {
    if (signal?.aborted) return Promise.reject(cancelled());
    const path = this.path;
    if (path === null) return Promise.resolve().then(() => withTimeLimit(this.limitMs, () => renderTemplate(source, variables), tooLong));
    return new Promise((resolve, reject) => {
      const worker = this.start(path);
      const id = this.nextId++;
      const settle = (act: () => void) => {
        clearTimeout(limit);
        signal?.removeEventListener('abort', onAbort);
        worker.off('message', onMessage).off('error', onError);
        worker.unref(); // an idle thread keeps no process alive
        act();
      };
      const stop = (error: HeadscopeError) =>
        settle(() => {
          this.close();
          reject(error);
        });
      const limit = setTimeout(() => stop(tooLong()), this.limitMs);
      const onAbort = () => stop(cancelled());
      const onMessage = (reply: RenderReply) => {
        if (reply.id !== id) return;
        settle(() => ('rendered' in reply ? resolve(reply.rendered) : reject(new HeadscopeError(reply.code, reply.message))));
      };
      const onError = (error: Error) => {
        const full = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        stop(full ? tooMuch() : new HeadscopeError('INTERNAL', `The thread of the chat template failed: ${error.message}.`));
      };
      worker.on('message', onMessage).on('error', onError);
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.ref();
      const request: RenderRequest = { id, source, variables };
      worker.postMessage(request);
    });
  }

  private start(path: string): Worker {
    if (this.worker !== null) return this.worker;
    const work: WorkerTask = { task: 'render' };
    const worker = new Worker(path, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: MEMORY_MIB } });
    worker.on('exit', () => {
      if (this.worker === worker) this.worker = null;
    });
    this.worker = worker;
    return worker;
  }
}

function tooLong(): HeadscopeError {
  return new HeadscopeError('LIMIT_EXCEEDED', 'The chat template did not finish in the time it was given; it may loop without end.');
}

function tooMuch(): HeadscopeError {
  return new HeadscopeError('LIMIT_EXCEEDED', `The chat template needs more than ${MEMORY_MIB} MiB of memory.`);
}

function cancelled(): HeadscopeError {
  return new HeadscopeError('CANCELLED', 'Rendering the chat template was cancelled.');
}
