// The head on screen: its pattern's kind, searching and measuring it.
import { setKind } from '../../inspector/actions.ts';
import { configStore, shownPattern } from '../../state/config_document.ts';
import { focusStore, type HeadPlace } from '../../state/focus.ts';
import { currentRun } from '../../state/library.ts';
import { unmeasuredHeads } from '../../state/measurements.ts';
import { measureHeads } from '../../state/measuring.ts';
import { announce } from '../../state/notices.ts';
import { preferencesStore } from '../../state/preferences.ts';
import { type Objective, searchHeads } from '../../state/searches.ts';
import { selectHeads, selectionStore } from '../../state/selection.ts';
import type { SurfaceKind } from '../../state/surface_lookup.ts';
import { PATTERN_NAMES } from '../../ui/pattern_words.ts';
import type { Command } from '../command_registry.ts';
import { needsRun, worstFirst } from './go_commands.ts';

export const needsEngine = (): true | string => {
  const run = currentRun();
  if (!run) return 'Needs a run.';
  return run.live ? true : 'The engine no longer holds this run.';
};

/** The selection where there is one, otherwise the head on screen. */
function chosen(): HeadPlace[] {
  const { heads } = selectionStore.getState();
  const { layer, head } = focusStore.getState();
  return heads.length > 0 ? [...heads] : [{ layer, head }];
}

function search(heads: readonly HeadPlace[], objective?: Objective): void {
  const run = currentRun();
  if (run) searchHeads(run.info.runId, heads, objective);
}

/** The cheapest pattern that reaches the target recall. */
const target = (): Objective => ({ procedure: 'target', recall: preferencesStore.getState().target });

function headsOfLayers(layers: readonly number[]): HeadPlace[] {
  const heads = currentRun()?.info.heads ?? 0;
  return layers.flatMap((layer) => Array.from({ length: heads }, (_, head) => ({ layer, head })));
}

const KINDS: readonly { kind: SurfaceKind; key: string }[] = [
  { kind: 'a_shape', key: 'A' },
  { kind: 'vertical_slash', key: 'V' },
  { kind: 'block_sparse', key: 'B' },
];

const kindCommands = KINDS.map(
  ({ kind, key }): Command => ({
    id: `head.kind.${kind}`,
    title: `Use ${PATTERN_NAMES[kind]} for this head`,
    group: 'Head',
    keys: [key],
    words: 'pattern kind',
    when: needsRun,
    checked: () => shownPattern(configStore.getState(), focusStore.getState())?.kind === kind,
    run: () => {
      setKind(kind);
      const { layer, head } = focusStore.getState();
      announce(`Layer ${layer} head ${head}, ${PATTERN_NAMES[kind]}. Enter keeps it, Escape reverts it.`);
    },
  }),
);

export const headCommands: readonly Command[] = [
  ...kindCommands,
  {
    id: 'head.search',
    title: 'Search selected heads again',
    group: 'Head',
    keys: ['R'],
    words: 're-run',
    when: needsEngine,
    run: () => search(chosen()),
  },
  {
    id: 'head.searchLayer',
    title: 'Search this layer again',
    group: 'Head',
    when: needsEngine,
    run: () => search(headsOfLayers([focusStore.getState().layer])),
  },
  {
    id: 'head.searchModel',
    title: 'Search the whole model again',
    group: 'Head',
    when: needsEngine,
    run: () => search(headsOfLayers(currentRun()?.info.layersPresent ?? [])),
  },
  {
    id: 'head.searchWorst',
    title: 'Search worst 12 heads again',
    group: 'Head',
    when: () => (worstFirst().length > 0 ? needsEngine() : 'No head is measured yet.'),
    run: () => search(worstFirst().slice(0, 12)),
  },
  {
    id: 'head.reach',
    title: 'Set selected heads to the cheapest pattern at the target recall',
    group: 'Head',
    keys: ['Shift+R'],
    words: 'search budget density find',
    when: needsEngine,
    run: () => search(chosen(), target()),
  },
  {
    id: 'head.reachLayer',
    title: 'Set this layer to the cheapest patterns at the target recall',
    group: 'Head',
    words: 'search budget density find',
    when: needsEngine,
    run: () => search(headsOfLayers([focusStore.getState().layer]), target()),
  },
  {
    id: 'head.reachModel',
    title: 'Set the whole model to the cheapest patterns at the target recall',
    group: 'Head',
    words: 'search budget density find',
    when: needsEngine,
    run: () => search(headsOfLayers(currentRun()?.info.layersPresent ?? []), target()),
  },
  {
    id: 'head.measure',
    title: 'Measure heads without a number',
    group: 'Head',
    words: 're-measure stale recall',
    when: () => {
      const ready = needsEngine();
      if (ready !== true) return ready;
      return unmeasuredHeads(currentRun()?.info.runId ?? '').length > 0 ? true : 'Every head is measured.';
    },
    run: () => {
      const run = currentRun();
      if (run) measureHeads(run.info.runId);
    },
  },
  {
    id: 'head.selectWorst',
    title: 'Select worst 12 heads',
    group: 'Head',
    when: () => (worstFirst().length > 0 ? true : 'No head is measured yet.'),
    run: () => selectHeads(worstFirst().slice(0, 12)),
  },
];
