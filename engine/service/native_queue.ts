// The machine's cores belong to one native job at a time. What a picture on screen waits for goes first, even between the pieces of a
// job that is under way; then the figures of the head that is looked at; then whole-model work, which gives the queue back between its
// pieces.

import type { Job } from '../native/addon.ts';
import { type CancelSignal, throwIfCancelled } from '../protocol/cancel.ts';
import { HeadscopeError } from '../protocol/errors.ts';

export type Urgency = 'picture' | 'figures' | 'batch';

/** What a task of the queue runs its native jobs with. */
export interface Turn {
  urgency: Urgency;
  signal: CancelSignal | undefined;
}

interface Waiting {
  start: () => void;
}

export class NativeQueue {
  readonly #waiting: Record<Urgency, Waiting[]> = { picture: [], figures: [], batch: [] };
  /** A picture, and something else: the latter holds still while the former's jobs run. */
  readonly #busy = { picture: false, other: false };

  /** Runs `task` when it is its turn: a picture's once no other picture's is under way, another when nothing is. A task already
   * cancelled never starts; one cancelled while waiting leaves at once. */
  run<T>(urgency: Urgency, signal: CancelSignal | undefined, task: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const place = urgency === 'picture' ? 'picture' : 'other';
      const leave = () => {
        const lane = this.#waiting[urgency];
        const at = lane.indexOf(entry);
        if (at >= 0) lane.splice(at, 1);
        reject(new HeadscopeError('CANCELLED', 'The request was cancelled.'));
      };
      const entry: Waiting = {
        start: () => {
          this.#busy[place] = true;
          signal?.removeEventListener('abort', leave);
          Promise.resolve()
            .then(() => {
              throwIfCancelled(signal);
              return task();
            })
            .then(resolve, reject)
            .finally(() => {
              this.#busy[place] = false;
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
    const { picture, figures, batch } = this.#waiting;
    if (this.#busy.picture) return;
    const next = picture.shift() ?? (this.#busy.other ? undefined : (figures.shift() ?? batch.shift()));
    next?.start();
  }
}

/** Awaits a native job, which a picture's goes before others, and cancels it with the signal. The addon rejects a cancelled job at once
 * and starts the next one when its threads have stopped. */
export async function awaitJob<T>(job: Job<T>, signal: CancelSignal | undefined, urgency: Urgency = 'batch'): Promise<T> {
  const cancel = () => job.cancel();
  if (urgency === 'picture') job.hurry();
  if (signal?.aborted) job.cancel();
  signal?.addEventListener('abort', cancel);
  try {
    return await job.promise;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
