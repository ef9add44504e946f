// JSON that a command leaves behind, whole or not at all.
import { AtomicFile, writeFileAtomic } from '../../runs/atomic_file.ts';

/** One line of JSON with a newline at its end. Throws FILE_WRITE_FAILED. */
export function writeJson(path: string, content: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(content)}\n`);
}

/** A JSON line a record, in the order of the calls; the file appears at commit. */
export class JsonLines {
  readonly #file: AtomicFile;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: AtomicFile) {
    this.#file = file;
  }
  static async create(path: string): Promise<JsonLines> {
    return new JsonLines(await AtomicFile.create(path));
  }
  /** Returns at once; a failure comes out of commit. */
  add(record: unknown): void {
    const line = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
    this.#written = this.#written.then(() => this.#file.write(line));
    this.#written.catch(() => {});
  }
  async commit(): Promise<void> {
    await this.#written;
    await this.#file.commit();
  }
  /** Nothing remains of it; does nothing after commit. */
  async discard(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#file.discard();
  }
}
