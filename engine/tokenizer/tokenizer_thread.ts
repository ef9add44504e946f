// One worker thread for one tokenizer: started when first needed, stopped by cancelling or closing.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Encoded } from './pipeline.ts';
import type { TokenizerAnswer, TokenizerReply, TokenizerRequest, WorkerTask } from './worker_messages.ts';

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;
type Question = WithoutId<TokenizerRequest>;

interface Waiting {
  resolve(answer: TokenizerAnswer): void;
  reject(error: Error): void;
}

/** The worker's bundle beside this code's; null where this code runs from its sources, which Node cannot start a thread from. */
export function builtWorker(): string | null {
  const path = join(dirname(fileURLToPath(import.meta.url)), 'tokenizer-worker.mjs');
  return existsSync(path) ? path : null;
}

export class TokenizerThread {
  private readonly path: string;
  private readonly tokenizerJson: string;
  private readonly waiting = new Map<number, Waiting>();
  private worker: Worker | null = null;
  private nextId = 0;

  constructor(path: string, tokenizerJson: string) {
    this.path = path;
    this.tokenizerJson = tokenizerJson;
  }

  /** Ids and offsets. Cancelling stops the thread, for it cannot be interrupted; what else is in it is sent to the next one. Rejects with
   * CANCELLED or TOKENIZER_INVALID, as the others do. */
  async encode(text: string, special: boolean, signal?: AbortSignal): Promise<Encoded> {
    const answer = await this.ask({ ask: 'encode', text, special }, limitOf(text.length), signal);
    if (typeof answer === 'string' || Array.isArray(answer)) throw strangeAnswer();
    return answer;
  }

  async decode(ids: number[], skipSpecial: boolean, signal?: AbortSignal): Promise<string> {
    const answer = await this.ask({ ask: 'decode', ids, skipSpecial }, limitOf(ids.length), signal);
    if (typeof answer !== 'string') throw strangeAnswer();
    return answer;
  }

  /** The readable text of each. */
  async tokens(ids: number[], signal?: AbortSignal): Promise<string[]> {
    const answer = await this.ask({ ask: 'tokens', ids }, limitOf(ids.length), signal);
    if (!Array.isArray(answer)) throw strangeAnswer();
    return answer;
  }

  private async ask(question: Question, limitMs: number, signal: AbortSignal | undefined): Promise<TokenizerAnswer> {
    for (;;) {
      const answer = await this.attempt(question, limitMs, signal);
      if (answer !== null) return answer;
    }
  }

  /** null: the thread was stopped for another request. */
  private attempt(question: Question, limitMs: number, signal: AbortSignal | undefined): Promise<TokenizerAnswer | null> {
    if (signal?.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const worker = this.start();
      const id = this.nextId++;
      const onAbort = () => {
        this.waiting.delete(id);
        settled();
        reject(cancelled());
        this.stop('stopped');
      };
      const limit = setTimeout(() => {
        this.waiting.delete(id);
        settled();
        reject(tooLong());
        this.stop('stopped');
      }, limitMs);
      limit.unref();
      const settled = () => {
        clearTimeout(limit);
        signal?.removeEventListener('abort', onAbort);
      };
      this.waiting.set(id, {
        resolve: (answer) => {
          settled();
          resolve(answer);
        },
        reject: (error) => {
          settled();
          if (error === STOPPED) resolve(null);
          else reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.ref();
      const request: TokenizerRequest = { ...question, id };
      worker.postMessage(request);
    });
  }

  private start(): Worker {
    if (this.worker !== null) return this.worker;
    const work: WorkerTask = { task: 'tokenize', tokenizerJson: this.tokenizerJson };
    const worker = new Worker(this.path, { workerData: work });
    worker.on('message', (reply: TokenizerReply) => {
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (this.waiting.size === 0) worker.unref(); // an idle thread keeps no process alive
      if ('answer' in reply) waiting?.resolve(reply.answer);
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

function strangeAnswer(): HeadscopeError {
  return new HeadscopeError('INTERNAL', "The tokenizer's thread answered another question than it was asked.");
}

/** Milliseconds: loading the largest vocabularies takes seconds, a million characters one; patterns that never end take them all. */
function limitOf(length: number): number {
  return 30_000 + length / 20;
}

export function tooLong(): HeadscopeError {
  return new HeadscopeError(
    'TOKENIZER_INVALID',
    'The tokenizer did not finish with this text in the time it was given. A pattern of its tokenizer.json may be the reason; give token ids instead.',
  );
}
