// What was opened before, newest first, each place once.
import { z } from 'zod';
import { RECENT_KINDS, type ShellRecent } from '../../engine/protocol/desktop.ts';
import { MAX_PATH_CHARS } from '../../engine/protocol/limits.ts';

export const MAX_RECENT = 20;
const MAX_THUMBNAIL_CHARS = 32_768;

export const recentDocument = z.strictObject({
  kind: z.enum(RECENT_KINDS),
  name: z.string().min(1).max(500),
  place: z.string().min(1).max(MAX_PATH_CHARS),
  openedAt: z.number().min(0),
  run: z
    .strictObject({
      model: z.string().max(500),
      rows: z.number().int().min(0),
      heads: z.number().int().min(0),
      totalMs: z.number().min(0).nullable(),
      prompt: z.string().max(MAX_PATH_CHARS).nullable(),
      thumbnail: z.string().max(MAX_THUMBNAIL_CHARS).startsWith('data:image/png;base64,').nullable(),
    })
    .optional(),
});

/** The entries of a settings file that make sense. */
export function recentFrom(stored: unknown): ShellRecent[] {
  if (!Array.isArray(stored)) return [];
  return stored
    .flatMap((entry) => {
      const parsed = recentDocument.safeParse(entry);
      return parsed.success ? [parsed.data] : [];
    })
    .slice(0, MAX_RECENT);
}

/** Two prompts on one model are two runs. */
function isSame(a: ShellRecent, b: ShellRecent): boolean {
  return a.kind === b.kind && a.place === b.place && (a.kind !== 'prefill' || a.name === b.name);
}

export function withRecent(list: readonly ShellRecent[], entry: ShellRecent): ShellRecent[] {
  return [entry, ...withoutRecent(list, entry)].slice(0, MAX_RECENT);
}

export function withoutRecent(list: readonly ShellRecent[], entry: ShellRecent): ShellRecent[] {
  return list.filter((other) => !isSame(other, entry));
}
