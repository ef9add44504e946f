// Tokenizers stay open between requests: parsing a large tokenizer.json takes seconds.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CancelSignal } from '../protocol/cancel.ts';
import { openTokenizer, type Tokenizer } from '../tokenizer/tokenizer.ts';

const KEPT = 2;

/** For code that takes the platform's signal; call `release` when it is done. */
function platformSignal(signal: CancelSignal): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  return { signal: controller.signal, release: () => signal.removeEventListener('abort', abort) };
}

export class Tokenizers {
  /** Least recently used first. */
  readonly #open = new Map<string, { tokenizer: Tokenizer; users: number }>();

  /** Throws TOKENIZER_MISSING, TOKENIZER_INVALID. */
  async use<T>(folder: string, signal: CancelSignal, task: (tokenizer: Tokenizer, signal: AbortSignal) => T | Promise<T>): Promise<T> {
    const facts = statSync(join(folder, 'tokenizer.json'), { throwIfNoEntry: false });
    const key = `${folder}\0${facts?.mtimeMs}\0${facts?.size}`;
    const entry = this.#open.get(key) ?? { tokenizer: openTokenizer(folder), users: 0 };
    this.#open.delete(key);
    this.#open.set(key, entry);
    entry.users += 1;
    const platform = platformSignal(signal);
    try {
      return await task(entry.tokenizer, platform.signal);
    } finally {
      platform.release();
      entry.users -= 1;
      this.#trim();
    }
  }

  close(): void {
    for (const { tokenizer } of this.#open.values()) tokenizer.close();
    this.#open.clear();
  }

  #trim(): void {
    for (const [key, { tokenizer, users }] of this.#open) {
      if (this.#open.size <= KEPT) return;
      if (users > 0) continue;
      this.#open.delete(key);
      tokenizer.close();
    }
  }
}
