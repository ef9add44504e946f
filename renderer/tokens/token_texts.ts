// The prompt's tokens as text, a block at a time: asked when first looked at, kept while the run is known.
import type { Client } from '../../engine/protocol/client.ts';
import { ByteLru } from '../tiles/byte_lru.ts';

export const BLOCK_TOKENS = 1024;
/** Bytes of text kept; a character is counted as two. */
const LIMIT_BYTES = 16 << 20;
const RETRY_MS = 2000;

export interface TokenOrigin {
  runId: string;
  tokens: number;
  /** Path or id of the model whose tokenizer made the ids; null: not known, ids are shown instead. */
  model: string | null;
}

interface Block {
  ids: readonly number[];
  texts: readonly string[] | null;
}

export class TokenTexts {
  readonly #blocks = new ByteLru<Block>(LIMIT_BYTES);
  readonly #underWay = new Set<string>();
  readonly #failedAt = new Map<string, number>();
  readonly #listeners = new Set<() => void>();
  #client: Client | null = null;
  #version = 0;

  get version(): number {
    return this.#version;
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  setClient(client: Client | null): void {
    this.#client = client;
    this.#failedAt.clear();
  }

  /** The token's own text, or '#1234' where the tokenizer is not there; null until it has arrived (it is then being asked). */
  at(origin: TokenOrigin, token: number): string | null {
    if (token < 0 || token >= origin.tokens) return null;
    const index = Math.floor(token / BLOCK_TOKENS);
    const key = `${origin.runId} ${index}`;
    const block = this.#blocks.get(key);
    if (!block) {
      void this.#ask(origin, index, key);
      return null;
    }
    const within = token - index * BLOCK_TOKENS;
    return block.texts?.[within] ?? (block.ids[within] === undefined ? null : `#${block.ids[within]}`);
  }

  async #ask(origin: TokenOrigin, index: number, key: string): Promise<void> {
    const client = this.#client;
    const failed = this.#failedAt.get(key);
    if (!client || this.#underWay.has(key) || (failed !== undefined && performance.now() - failed < RETRY_MS)) return;
    this.#underWay.add(key);
    try {
      const begin = index * BLOCK_TOKENS;
      const { ids } = await client.call('run.tokens', { runId: origin.runId, begin, end: Math.min(origin.tokens, begin + BLOCK_TOKENS) });
      let texts: readonly string[] | null = null;
      if (origin.model !== null && ids.length > 0) {
        // Without a tokenizer the ids themselves are shown.
        texts = await client.call('tokenizer.decode', { model: origin.model, ids }).then(
          (answer) => answer.texts,
          () => null,
        );
      }
      const bytes = ids.length * 8 + (texts?.reduce((length, text) => length + 2 * text.length + 16, 0) ?? 0);
      this.#blocks.set(key, { ids, texts }, bytes);
      this.#version += 1;
      for (const listener of [...this.#listeners]) listener();
    } catch {
      // A capture has no tokens, a lost engine answers nothing: positions alone are shown, and it is asked again later.
      this.#failedAt.set(key, performance.now());
    } finally {
      this.#underWay.delete(key);
    }
  }
}
