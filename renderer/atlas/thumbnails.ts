// Overviews of the heads on screen, asked a layer at a time, and what their patterns leave out, a head at a time. The newest wish
// wins: what scrolled away before it was asked is not asked. Kept by bytes, the least recently drawn leave first.
import type { Client } from '../../engine/protocol/client.ts';
import { codedError } from '../../engine/protocol/envelope.ts';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { frameFloats } from '../../engine/protocol/frame.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { type CodedPlane, codeMissed, codePlane, halvePlane, THUMBNAIL_CELLS } from './thumbnail_pictures.ts';

export interface WantedThumbnail {
  layer: number;
  head: number;
  /** What the config says; null or dense: attention alone. */
  pattern: Pattern | null;
}

export interface Thumbnail {
  attention: CodedPlane;
  /** Null until it is there, and for a head without a sparse pattern. */
  missed: Uint8Array | null;
}

interface Entry extends Thumbnail {
  /** Mean attention mass of a row that falls into a cell. */
  mass: Float32Array;
  /** The pattern `missed` was made for, as JSON. */
  maskOf: string | null;
}

/** Bytes of one entry: a float32 and two u8 planes. */
const ENTRY_BYTES = 6 * THUMBNAIL_CELLS ** 2;
const MOST_BYTES = 96 << 20;

const keyOf = (layer: number, head: number) => `${layer}/${head}`;

export class ThumbnailStore {
  readonly #client: Client;
  readonly #runId: string;
  readonly #rows: number;
  readonly #changed: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Heads whose overview or mask the engine refused, with its sentence. */
  readonly #refused = new Map<string, string>();
  #wanted: readonly WantedThumbnail[] = [];
  #abort: AbortController | null = null;
  #working = false;
  #stopped = false;

  /** `rows` of the run; `changed` is called when a picture has arrived, and when the work begins and ends. */
  constructor(client: Client, runId: string, rows: number, changed: () => void) {
    this.#client = client;
    this.#runId = runId;
    this.#rows = rows;
    this.#changed = changed;
  }

  /** In the order of importance. Replaces the former wish; a request that nobody wants any more is cancelled. */
  want(heads: readonly WantedThumbnail[]): void {
    this.#wanted = heads;
    if (!this.#working) void this.#work();
  }

  /** Pictures of what is wanted are on their way. */
  get busy(): boolean {
    return this.#working;
  }

  get(layer: number, head: number): Thumbnail | null {
    const key = keyOf(layer, head);
    const entry = this.#entries.get(key);
    if (!entry) return null;
    // The map's order is the order of use.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  refusal(layer: number, head: number): string | null {
    return this.#refused.get(keyOf(layer, head)) ?? null;
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted = [];
    this.#abort?.abort();
  }

  async #work(): Promise<void> {
    this.#working = true;
    this.#changed();
    try {
      while (!this.#stopped) {
        const task = this.#nextTask();
        if (!task) return;
        this.#abort = new AbortController();
        try {
          await task.run(this.#abort.signal);
        } catch (thrown) {
          const { code, message } = codedError(thrown);
          if (this.#stopped || code === 'BACKEND_LOST' || code === 'CANCELLED') return;
          for (const key of task.keys) this.#refused.set(key, message);
        }
        this.#changed();
      }
    } finally {
      this.#working = false;
      if (!this.#stopped) this.#changed();
    }
  }

  #nextTask(): { keys: string[]; run: (signal: AbortSignal) => Promise<void> } | null {
    const missing = this.#wanted.find(({ layer, head }) => {
      const key = keyOf(layer, head);
      return !this.#entries.has(key) && !this.#refused.has(key);
    });
    if (missing) {
      const { layer } = missing;
      // One request brings the wanted heads of that layer, few enough to answer quickly.
      const heads = this.#wanted
        .filter(
          (other) => other.layer === layer && !this.#entries.has(keyOf(layer, other.head)) && !this.#refused.has(keyOf(layer, other.head)),
        )
        .slice(0, 8)
        .map(({ head }) => head);
      return { keys: heads.map((head) => keyOf(layer, head)), run: (signal) => this.#overviews(layer, heads, signal) };
    }
    const unmasked = this.#wanted.find(({ layer, head, pattern }) => {
      const entry = this.#entries.get(keyOf(layer, head));
      return entry !== undefined && !this.#refused.has(keyOf(layer, head)) && entry.maskOf !== maskKey(pattern);
    });
    if (!unmasked) return null;
    return { keys: [keyOf(unmasked.layer, unmasked.head)], run: (signal) => this.#mask(unmasked, signal) };
  }

  async #overviews(layer: number, heads: number[], signal: AbortSignal): Promise<void> {
    await this.#client.call(
      'map.overview',
      { runId: this.#runId, layer, heads },
      {
        signal,
        onFrame: (frame) => {
          const cells = frame.rows * frame.columns;
          if (frame.planes !== 2 || frame.rows !== 2 * THUMBNAIL_CELLS || frame.columns !== 2 * THUMBNAIL_CELLS) {
            throw new HeadscopeError(
              'PROTOCOL_MISMATCH',
              `An overview of ${frame.rows} x ${frame.columns} cells came; 256 x 256 were expected.`,
            );
          }
          const both = frameFloats(frame);
          const mass = halvePlane(both.subarray(cells), frame.rows, 'mass');
          // The sum plane adds over the rows of a bin; divided by them it is the mean mass of a row.
          const rowsPerBin = Math.max(1, this.#rows / frame.rows);
          for (const [at, value] of mass.entries()) mass[at] = value / rowsPerBin;
          this.#entries.set(keyOf(layer, frame.key), {
            attention: codePlane(halvePlane(both.subarray(0, cells), frame.rows, 'max')),
            mass,
            missed: null,
            maskOf: null,
          });
          this.#forgetOldest();
          this.#changed();
        },
      },
    );
    const absent = heads.filter((head) => !this.#entries.has(keyOf(layer, head)));
    for (const head of absent) this.#refused.set(keyOf(layer, head), 'The engine sent no overview of this head.');
  }

  async #mask({ layer, head, pattern }: WantedThumbnail, signal: AbortSignal): Promise<void> {
    const entry = this.#entries.get(keyOf(layer, head));
    if (!entry) return;
    if (!pattern || pattern.kind === 'dense') {
      entry.missed = null;
      entry.maskOf = maskKey(pattern);
      return;
    }
    const side = THUMBNAIL_CELLS;
    const kept = new Float32Array(side * side);
    let at = 0;
    await this.#client.call(
      'map.mask',
      { runId: this.#runId, layer, head, pattern, rect: [0, this.#rows, 0, this.#rows], size: { width: side, height: side } },
      {
        signal,
        onFrame: (frame) => {
          const part = frameFloats(frame);
          kept.set(part.subarray(0, kept.length - at), at);
          at += part.length;
        },
      },
    );
    entry.missed = codeMissed(entry.mass, kept);
    entry.maskOf = maskKey(pattern);
  }

  #forgetOldest(): void {
    const wanted = new Set(this.#wanted.map(({ layer, head }) => keyOf(layer, head)));
    for (const key of this.#entries.keys()) {
      if (this.#entries.size * ENTRY_BYTES <= MOST_BYTES) return;
      if (!wanted.has(key)) this.#entries.delete(key);
    }
  }
}

const maskKey = (pattern: Pattern | null): string => (!pattern || pattern.kind === 'dense' ? 'none' : JSON.stringify(pattern));
