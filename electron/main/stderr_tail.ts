// The last part of what the engine wrote on stderr; an endless log costs no memory.

export class StderrTail {
  readonly #limit: number;
  #text = '';

  /** Characters kept. */
  constructor(limit = 65_536) {
    this.#limit = limit;
  }

  add(text: string): void {
    this.#text = (this.#text + text).slice(-this.#limit);
  }

  /** Whole lines, unless a single one fills it. */
  get text(): string {
    if (this.#text.length < this.#limit) return this.#text;
    const cut = this.#text.indexOf('\n');
    return cut < 0 ? this.#text : this.#text.slice(cut + 1);
  }

  /** The last line with something in it, for a sentence that names the cause. */
  get lastLine(): string {
    return this.#text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  }
}
