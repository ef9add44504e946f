// What was opened before from this browser, newest first, each place once; two prompts on one model are two runs.
import { z } from 'zod';
import { RECENT_KINDS } from '../../engine/protocol/desktop.ts';
import type { RecentEntry } from './bridge.ts';
import { store, stored } from './web_storage.ts';

const KEY = 'headscope.recent';
const MOST = 12;

const entryShape = z.object({
  kind: z.enum(RECENT_KINDS),
  name: z.string(),
  place: z.string(),
  openedAt: z.number(),
  run: z
    .object({
      model: z.string(),
      rows: z.number(),
      heads: z.number(),
      totalMs: z.number().nullable(),
      prompt: z.string().nullable(),
      thumbnail: z.string().startsWith('data:image/png;base64,').nullable(),
    })
    .optional()
    .catch(undefined),
});

function isSame(a: RecentEntry, b: RecentEntry): boolean {
  return a.kind === b.kind && a.place === b.place && (a.kind !== 'prefill' || a.name === b.name);
}

/** Read anew every time: another tab may have added to it. */
export function recentEntries(): RecentEntry[] {
  const list = stored(KEY);
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry) => {
    const parsed = entryShape.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}

function write(list: RecentEntry[]): RecentEntry[] {
  // Without room for the pictures the list goes without them.
  if (!store(KEY, list))
    store(
      KEY,
      list.map(({ run, ...entry }) => ({ ...entry, ...(run ? { run: { ...run, thumbnail: null } } : {}) })),
    );
  return list;
}

export function addRecent(entry: RecentEntry): RecentEntry[] {
  return write([entry, ...recentEntries().filter((other) => !isSame(other, entry))].slice(0, MOST));
}

export function removeRecent(entry: RecentEntry): RecentEntry[] {
  return write(recentEntries().filter((other) => !isSame(other, entry)));
}
