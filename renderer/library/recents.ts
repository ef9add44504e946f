// What was opened before: kept by the host, shown on the start screen, dropped once it is gone.
import type { RecentRun } from '../../engine/protocol/desktop.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { RecentEntry } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { connectionStore } from '../state/connection.ts';
import { libraryStore } from '../state/library.ts';
import { runThumbnail } from './run_thumbnail.ts';

async function keep(change: Promise<RecentEntry[]>): Promise<void> {
  // A host that cannot keep the list loses nothing else.
  const recent = await change.catch(() => null);
  if (recent) libraryStore.setState({ recent });
}

/** Puts it at the head of the list. */
export async function remember(kind: RecentEntry['kind'], name: string, place: string, run?: RecentRun): Promise<void> {
  await keep(host().addRecent({ kind, name, place, openedAt: Date.now(), ...(run ? { run } : {}) }));
}

/** The same, with what the start screen shows of a run. `prompt`: its id in the library. */
export async function rememberRun(
  kind: 'prefill' | 'run' | 'capture',
  name: string,
  place: string,
  info: RunInfo,
  prompt: string | null = null,
): Promise<void> {
  const { model, rows, heads, layersPresent, totalMs } = info;
  const { client } = connectionStore.getState();
  const thumbnail = client ? await runThumbnail(client, info) : null;
  await remember(kind, name, place, { model: model.name, rows, heads: heads * layersPresent.length, totalMs, prompt, thumbnail });
}

export const forgetRecent = (entry: RecentEntry): Promise<void> => keep(host().removeRecent(entry));

/** Where ids of the library are the only places there are: drops those that it does not list any more. */
export async function dropGone(): Promise<void> {
  if (host().sharesFiles) return;
  const { recent, models, prompts, saved, captures, configs } = libraryStore.getState();
  const ids = new Set([...models, ...prompts, ...saved, ...captures, ...configs].map(({ id }) => id));
  for (const entry of recent) if (!ids.has(entry.place)) await forgetRecent(entry);
}
