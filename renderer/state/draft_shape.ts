// A document that was not exported, as it is stored: every distinct pattern once, a short row a head.
import { z } from 'zod';
import { pattern as patternShape } from '../../engine/protocol/pattern.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import { type ConfigState, configStore, type HeadEntry, type LiveEdit } from './config_document.ts';
import type { ReferenceState } from './reference.ts';

const VERSION = 1;
const whole = z.number().int().min(0);
const name = z.string();
const head = z.tuple([whole, z.enum(['imported', 'searched', 'hand', 'default']), z.number().nullable(), z.string().nullable()]);
const table = z.object({ patterns: z.array(patternShape).max(100_000), cells: z.array(z.array(whole)) });

export const draftShape = z.object({
  version: z.literal(VERSION),
  savedAt: z.number(),
  /** Of a document without a run: how the library calls it. */
  name: name.nullable(),
  /** identityOf() its run; null: it has none. */
  identity: z.string().nullable(),
  document: z.object({
    name,
    fileName: name.nullable(),
    notes: z.array(z.string()),
    patterns: z.array(patternShape).max(100_000),
    heads: z.array(z.array(head)),
  }),
  live: z.object({ layer: whole, head: whole, pattern: patternShape }).nullable(),
  /** The file it was compared against; null: none, or there was no room for it. */
  reference: z.object({ name, ...table.shape }).nullable(),
});
export type Draft = z.infer<typeof draftShape>;

/** The same for every run of the same model on the same prompt. */
export function identityOf({ model, promptHash, rows, layers, heads }: RunInfo): string {
  return [model.hash ?? model.name, promptHash ?? '', rows, layers, heads].join('/');
}

/** Numbers patterns as they come; equal ones get the same number. */
class PatternList {
  readonly list: HeadEntry['pattern'][] = [];
  readonly #at = new Map<string, number>();

  number(pattern: HeadEntry['pattern']): number {
    const key = JSON.stringify(pattern);
    const known = this.#at.get(key);
    if (known !== undefined) return known;
    this.#at.set(key, this.list.length);
    this.list.push(pattern);
    return this.list.length - 1;
  }
}

export interface DraftSource {
  name: string | null;
  identity: string | null;
  savedAt: number;
  config: ConfigState;
  reference: ReferenceState;
}

export function draftOf({ name: called, identity, savedAt, config, reference }: DraftSource): Draft {
  const patterns = new PatternList();
  const heads = config.entries.map((row) =>
    row.map(({ pattern, origin, score, how }): Draft['document']['heads'][number][number] => [
      patterns.number(pattern),
      origin,
      score,
      how,
    ]),
  );
  const other = new PatternList();
  const cells = reference.table?.patterns.map((row) => row.map((pattern) => other.number(pattern)));
  return {
    version: VERSION,
    savedAt,
    name: called,
    identity,
    document: { name: config.name, fileName: config.fileName, notes: [...config.notes], patterns: patterns.list, heads },
    live: config.live && { ...config.live },
    reference: cells && reference.name !== null ? { name: reference.name, patterns: other.list, cells } : null,
  };
}

/** The document, without its history: undo begins anew. Null where what was stored is no draft, or names a pattern it does not hold. */
export function readDraft(stored: unknown): DraftSource | null {
  const read = draftShape.safeParse(stored);
  if (!read.success) return null;
  const { document, live, reference, name: called, identity, savedAt } = read.data;
  const { patterns } = document;
  const layers = document.heads.length;
  const across = document.heads[0]?.length ?? 0;
  if (across === 0 || document.heads.some((row) => row.length !== across || row.some(([at]) => at >= patterns.length))) return null;
  const entries = document.heads.map((row) =>
    row.flatMap(([at, origin, score, how]): HeadEntry[] => {
      const pattern = patterns[at];
      return pattern ? [{ pattern, origin, score, how }] : [];
    }),
  );
  const edit: LiveEdit | null = live && live.layer < layers && live.head < across ? live : null;
  const config: ConfigState = {
    ...configStore.getInitialState(),
    name: document.name,
    fileName: document.fileName,
    notes: document.notes,
    layers,
    heads: across,
    entries,
    live: edit,
    version: 1,
    savedVersion: 0,
  };
  return { name: called, identity, savedAt, config, reference: referenceOf(reference, layers, across) };
}

function referenceOf(stored: Draft['reference'], layers: number, heads: number): ReferenceState {
  const none = { name: null, table: null };
  if (!stored || stored.cells.length !== layers || stored.cells.some((row) => row.length !== heads)) return none;
  const rows = stored.cells.map((row) => row.flatMap((at) => stored.patterns[at] ?? []));
  if (rows.some((row) => row.length !== heads)) return none;
  const nothing = rows.map((row) => row.map(() => null));
  const table = { format: 'headscope' as const, layers, heads, patterns: rows, scores: nothing, origins: nothing, notes: [] };
  return { name: stored.name, table };
}
