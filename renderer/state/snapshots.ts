// Places a user comes back to: a head, a view and the pattern that was drawn over it, with a note. Kept with the preferences, so they
// outlive the run they were taken of; a run of the same model and length can be looked at through them again.
import { z } from 'zod';
import { pattern } from '../../engine/protocol/pattern.ts';

export const MOST_SNAPSHOTS = 200;
export const MOST_NOTE_CHARS = 500;

const index = z.number().int().min(0);
export const snapshotShape = z.object({
  id: z.string().min(1).max(40),
  /** Milliseconds since 1970. */
  at: z.number(),
  model: z.string().max(500),
  run: z.string().max(500),
  /** Tokens of the run. */
  rows: index,
  layer: index,
  head: index,
  view: z
    .object({ q0: z.number(), q1: z.number(), k0: z.number(), k1: z.number() })
    .refine(({ q0, q1, k0, k1 }) => q1 > q0 && k1 > k0, 'an empty view'),
  pattern: pattern.nullable(),
  note: z.string().max(MOST_NOTE_CHARS),
});
export type Snapshot = z.infer<typeof snapshotShape>;

/** Newest first; the oldest beyond MOST_SNAPSHOTS go. */
export function withSnapshot(list: readonly Snapshot[], made: Snapshot): Snapshot[] {
  return [made, ...list.filter(({ id }) => id !== made.id)].slice(0, MOST_SNAPSHOTS);
}

export function withNote(list: readonly Snapshot[], id: string, note: string): Snapshot[] {
  return list.map((snapshot) => (snapshot.id === id ? { ...snapshot, note: note.slice(0, MOST_NOTE_CHARS) } : snapshot));
}

/** Whether it can be looked at in a run: the same model and as many tokens. */
export function fits({ model, rows }: Snapshot, run: { model: { name: string }; rows: number }): boolean {
  return model === run.model.name && rows === run.rows;
}
