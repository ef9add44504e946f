// Two connected transports in one process. Every message is cloned as a port would clone it, so a function, a class instance or a
// shared array cannot slip through here and fail elsewhere.
import type { Message, Transport } from './transport.ts';

// Globals of every runtime this runs in; the room's own tsconfig knows neither the DOM nor Node.
declare function structuredClone<T>(value: T): T;
declare function queueMicrotask(task: () => void): void;

class End implements Transport {
  peer: End | undefined;
  #open = true;
  #ending = false;
  #receiver: ((message: unknown) => void) | undefined;
  #closed: (() => void) | undefined;
  readonly #waiting: unknown[] = [];
  #scheduled = false;

  send(message: Message): void {
    if (!this.#open || !this.peer) return;
    this.peer.#accept(structuredClone(message));
  }
  onMessage(receiver: (message: unknown) => void): void {
    this.#receiver = receiver;
    this.#schedule();
  }
  onClose(receiver: () => void): void {
    this.#closed = receiver;
  }
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waiting.length = 0;
    if (this.peer) this.peer.#hangUp();
    this.#closed?.();
  }

  /** The other side closed: what it sent before still arrives. */
  #hangUp(): void {
    this.#ending = true;
    this.#schedule();
  }

  #accept(message: unknown): void {
    if (!this.#open) return;
    this.#waiting.push(message);
    this.#schedule();
  }
  #schedule(): void {
    const idle = this.#waiting.length === 0 || !this.#receiver;
    if (this.#scheduled || !this.#open || (idle && !this.#ending)) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#open) return;
      if (this.#receiver && this.#waiting.length > 0) this.#receiver(this.#waiting.shift());
      else if (this.#ending) this.close();
      this.#schedule();
    });
  }
}

/** [client's end, engine's end]. */
export function inProcessPair(): [Transport, Transport] {
  const client = new End();
  const engine = new End();
  client.peer = engine;
  engine.peer = client;
  return [client, engine];
}
