// The mass that every row or every column of a head loses under a pattern, exact: asked once the pattern rests, an older question is
// withdrawn, the newest answers kept.
import { frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { connectionStore } from '../state/connection.ts';
import { ByteLru } from '../tiles/byte_lru.ts';
import { placeKey, type TilePlace } from '../tiles/tile_source.ts';
import { ColumnPeaks } from './column_peaks.ts';

const LIMIT_BYTES = 16 << 20;
const RETRY_MS = 3000;

interface Question<Answer> {
  method: 'pattern.rows' | 'pattern.columns';
  /** Without a change for so long the pattern is asked for. */
  restMs: number;
  /** Of the engine's numbers, one a row or column. */
  read: (numbers: Float32Array) => Answer;
  /** Bytes of an answer, for every number. */
  bytesEach: number;
}

export class MissedMass<Answer extends object> {
  readonly #question: Question<Answer>;
  readonly #kept = new ByteLru<Answer>(LIMIT_BYTES);
  readonly #changed: () => void;
  readonly #failedAt = new Map<string, number>();
  #wanted = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | null = null;

  constructor(question: Question<Answer>, changed: () => void) {
    this.#question = question;
    this.#changed = changed;
  }

  known(place: TilePlace, pattern: Pattern): Answer | null {
    return this.#kept.get(placeKey({ ...place, droppedBy: pattern })) ?? null;
  }

  want(place: TilePlace, pattern: Pattern): void {
    const key = placeKey({ ...place, droppedBy: pattern });
    if (key === this.#wanted) return;
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#wanted = key;
    if (this.#kept.has(key)) return;
    this.#timer = setTimeout(() => void this.#ask(place, pattern, key), this.#question.restMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#wanted = '';
  }

  async #ask({ runId, layer, head }: TilePlace, pattern: Pattern, key: string): Promise<void> {
    const { client } = connectionStore.getState();
    const failed = this.#failedAt.get(key);
    if (!client || (failed !== undefined && performance.now() - failed < RETRY_MS)) {
      this.#wanted = '';
      return;
    }
    const { method, read, bytesEach } = this.#question;
    const abort = new AbortController();
    this.#abort = abort;
    const parts: Float32Array[] = [];
    const onFrame = (frame: Parameters<typeof frameFloats>[0]) => void parts.push(frameFloats(frame).slice());
    try {
      await client.call(method, { runId, layer, head, pattern }, { signal: abort.signal, onFrame });
    } catch {
      // What stood there before stays, and says what it is.
      if (!abort.signal.aborted) {
        this.#failedAt.set(key, performance.now());
        this.#wanted = '';
      }
      return;
    }
    const numbers = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      numbers.set(part, at);
      at += part.length;
    }
    this.#kept.set(key, read(numbers), bytesEach * numbers.length);
    this.#changed();
  }
}

/** 1 - recall of each row. */
export const missedRows = (changed: () => void): MissedMass<Float32Array<ArrayBuffer>> =>
  new MissedMass(
    { method: 'pattern.rows', restMs: 150, bytesEach: 4, read: (recall) => recall.map((kept) => Math.max(0, 1 - kept)) },
    changed,
  );

/** What each column loses, to be compared with its mass. A pass over the whole head: asked later than the rows. */
export const missedColumns = (changed: () => void): MissedMass<ColumnPeaks> =>
  new MissedMass(
    { method: 'pattern.columns', restMs: 600, bytesEach: 16, read: (lost) => new ColumnPeaks(Float64Array.from(lost)) },
    changed,
  );
