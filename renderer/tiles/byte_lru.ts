// A map that holds so many bytes and forgets what was used longest ago.

interface Entry<V> {
  value: V;
  bytes: number;
}

export class ByteLru<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #dropped: (value: V, key: string) => void;
  #limit: number;
  #bytes = 0;

  /** `dropped` hears of every entry that leaves, replaced and cleared ones too. */
  constructor(limitBytes: number, dropped: (value: V, key: string) => void = () => {}) {
    this.#limit = limitBytes;
    this.#dropped = dropped;
  }

  get bytes(): number {
    return this.#bytes;
  }
  get size(): number {
    return this.#entries.size;
  }

  /** The value, now the most recently used. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Without making it recent. */
  peek(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Makes room first; the new entry itself stays even where it alone is larger than the limit. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + bytes <= this.#limit) break;
      this.delete(oldest);
    }
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.#dropped(entry.value, key);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }
}
