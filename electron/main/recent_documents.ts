// What was opened before, newest first, each place once.
import { z } from 'zod';
import { RECENT_KINDS, type ShellRecent } from '../../engine/protocol/desktop.ts';
import { MAX_PATH_CHARS } from '../../engine/protocol/limits.ts';

export const MAX_RECENT = 20;

export const recentDocument = z.strictObject({
  kind: z.enum(RECENT_KINDS),
  name: z.string().min(1).max(500),
  place: z.string().min(1).max(MAX_PATH_CHARS),
  openedAt: z.number().min(0),
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

export function withRecent(list: readonly ShellRecent[], entry: ShellRecent): ShellRecent[] {
  return [entry, ...list.filter(({ kind, place }) => kind !== entry.kind || place !== entry.place)].slice(0, MAX_RECENT);
}
