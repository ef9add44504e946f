// The machine's cores belong to one native job at a time. What a person waits for on screen goes before whole-model work, which gives
// the queue back between its pieces.

import type { Job } from '../native/addon.ts';
import { type CancelSignal, throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';

export type Urgency = 'interactive' | 'batch';

interface Waiting {
  start: () => void;
}

export class NativeQueue {
  readonly #waiting: Record<Urgency, Waiting[]> = { interactive: [], batch: [] };
  #busy = false;

  /** Runs `task` when the machine is free. A task already cancelled never starts; one cancelled while waiting leaves at once. */
  run<T>(urgency: Urgency, signal: CancelSignal | undefined, task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        const lane = this.#waiting[urgency];
        const place = lane.indexOf(entry);
        if (place >= 0) lane.splice(place, 1);
        reject(new HeadscopeError('CANCELLED', 'The request was cancelled.'));
      };
      const entry: Waiting = {
        start: () => {
          signal?.removeEventListener('abort', leave);
          Promise.resolve()
            .then(() => {
              throwIfCancelled(signal);
              return task();
            })
            .then(resolve, reject)
            .finally(() => {
              this.#busy = false;
              this.#next();
            });
        },
      };
      if (signal?.aborted) {
        leave();
        return;
      }
      signal?.addEventListener('abort', leave);
      this.#waiting[urgency].push(entry);
      this.#next();
    });
  }

  #next(): void {
    if (this.#busy) return;
    const next = this.#waiting.interactive.shift() ?? this.#waiting.batch.shift();
    if (!next) return;
    this.#busy = true;
    next.start();
  }
}

/** Awaits a native job and cancels it with the signal. The addon rejects a cancelled job at once and starts the next one when its
 * threads have stopped. */
export async function awaitJob<T>(job: Job<T>, signal: CancelSignal | undefined): Promise<T> {
  const cancel = () => job.cancel();
  if (signal?.aborted) job.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await job.promise;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
