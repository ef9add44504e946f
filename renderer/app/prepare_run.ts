// What follows a run that came on screen: a config found for it where none is there, and numbers for its heads.
import type { RunInfo } from '../../engine/protocol/records.ts';
import { applyPatterns, type ConfigState, configStore } from '../state/config_document.ts';
import { focusStore, type HeadPlace } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { measureHeads } from '../state/measuring.ts';
import { dismissTopic } from '../state/notices.ts';
import { searchedUnasked, searchHeads, unsearched, winnersToApply } from '../state/searches.ts';

function headsOf(info: RunInfo): HeadPlace[] {
  return info.layersPresent.flatMap((layer) => Array.from({ length: info.heads }, (_, head) => ({ layer, head })));
}

/** Nobody has searched, loaded or edited anything yet. */
export function isUntouched({ entries }: ConfigState): boolean {
  return entries.length > 0 && entries.every((row) => row.every(({ origin }) => origin === 'default'));
}

/**
 * Measures heads that need it; where the config is the starting one and the run is small, searches first and takes the winners.
 * The user may have gone to another run while the search went on: its winners are then taken when this one is on screen again.
 */
export async function prepareRun(info: RunInfo): Promise<void> {
  const { runId } = info;
  const config = configStore.getState();
  if (config.layers !== info.layers || config.heads !== info.heads) return;
  const heads = headsOf(info);
  if (isUntouched(config) && searchedUnasked(info)) {
    const missing = unsearched(runId, heads);
    // A search that is cancelled or fails leaves the starting config, which is then measured like any other.
    if (missing.length > 0) await searchHeads(runId, missing)?.result.catch(() => {});
    if (focusStore.getState().runId !== runId) return;
    const { entries } = configStore.getState();
    const edits = winnersToApply(runId, heads).filter(({ layer, head }) => entries[layer]?.[head]?.origin === 'default');
    applyPatterns(edits, 'searched', `Search ${edits.length.toLocaleString('en-US')} heads`);
    if (edits.length > 0) configStore.setState(({ name }) => ({ name: name === 'starting config' ? 'searched config' : name }));
    dismissTopic('search');
  }
  if (runOf(libraryStore.getState(), runId)?.live) measureHeads(runId);
}

const FEW_HEADS = 64;
const SETTLE_MS = 400;

/** Edits of some heads, and imported configs, are measured a moment later; edits of many wait for the user, with a badge until then. */
export function measureAfterEdits(current: () => RunInfo | null): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = configStore.subscribe(({ version }, before) => {
    if (version === before.version) return;
    const info = current();
    const step = configStore.getState().past.at(-1);
    if (!info || !step || step.changes.length > FEW_HEADS || isUntouched(configStore.getState())) return;
    clearTimeout(timer);
    timer = setTimeout(() => measureHeads(info.runId), SETTLE_MS);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}
