// Work areas, heads, regions.
import { type Area, focusHead, focusStore, headName, showArea } from '../../state/focus.ts';
import { currentRun } from '../../state/library.ts';
import { measurementsStore } from '../../state/measurements.ts';
import { announce } from '../../state/notices.ts';
import type { Command } from '../command_registry.ts';
import { cycleRegions } from '../regions.ts';
import { openPalette } from '../shell_state.ts';

export const needsRun = (): true | string => (currentRun() ? true : 'Needs a run.');

const AREAS: readonly { area: Area; title: string }[] = [
  { area: 'atlas', title: 'Show atlas' },
  { area: 'map', title: 'Show map' },
  { area: 'compare', title: 'Show compare' },
  { area: 'config', title: 'Show config' },
];

/** The next head in layer order, round the ends of the layer. */
function stepHead(step: number): void {
  const run = currentRun();
  if (!run) return;
  const { layer, head } = focusStore.getState();
  const { heads } = run.info;
  focusHead({ layer, head: (head + step + heads) % heads });
  announceHead();
}

function stepLayer(step: number): void {
  const run = currentRun();
  if (!run) return;
  const { layer, head } = focusStore.getState();
  const { layersPresent } = run.info;
  const at = layersPresent.indexOf(layer);
  const next = layersPresent[(at + step + layersPresent.length) % layersPresent.length];
  if (next !== undefined) focusHead({ layer: next, head });
  announceHead();
}

/** By missed mass, worst first; heads without a number are left out. */
export function worstFirst(): { layer: number; head: number; missed: number }[] {
  const { runId } = focusStore.getState();
  const grid = runId === null ? undefined : measurementsStore.getState().byRun[runId];
  const rows = (grid ?? []).flatMap((row, layer) =>
    row.flatMap((measurement, head) => (measurement ? [{ layer, head, missed: measurement.missed }] : [])),
  );
  return rows.sort((a, b) => b.missed - a.missed);
}

function stepWorst(step: number): void {
  const order = worstFirst();
  const { layer, head } = focusStore.getState();
  const at = order.findIndex((place) => place.layer === layer && place.head === head);
  const next = order[at < 0 ? 0 : (at + step + order.length) % order.length];
  if (next) focusHead(next);
  announceHead();
}

function announceHead(): void {
  const { layer, head } = focusStore.getState();
  announce(`Layer ${layer} head ${head}`);
}

const needsNumbers = (): true | string => (worstFirst().length > 0 ? true : 'No head is measured yet.');

export const goCommands: readonly Command[] = [
  ...AREAS.map(
    ({ area, title }, index): Command => ({
      id: `go.${area}`,
      title,
      group: 'Go',
      keys: [`Mod+${index + 1}`],
      when: needsRun,
      run: () => showArea(area),
    }),
  ),
  { id: 'go.nextHead', title: 'Next head', group: 'Go', keys: [']'], when: needsRun, run: () => stepHead(1) },
  { id: 'go.previousHead', title: 'Previous head', group: 'Go', keys: ['['], when: needsRun, run: () => stepHead(-1) },
  { id: 'go.nextLayer', title: 'Next layer', group: 'Go', keys: ['}'], when: needsRun, run: () => stepLayer(1) },
  { id: 'go.previousLayer', title: 'Previous layer', group: 'Go', keys: ['{'], when: needsRun, run: () => stepLayer(-1) },
  { id: 'go.nextWorst', title: 'Go to next worse head in rank', group: 'Go', keys: ['.'], when: needsNumbers, run: () => stepWorst(1) },
  { id: 'go.previousWorst', title: 'Go to previous head in rank', group: 'Go', keys: [','], when: needsNumbers, run: () => stepWorst(-1) },
  {
    id: 'go.worst',
    title: 'Go to worst head',
    group: 'Go',
    when: needsNumbers,
    run: () => {
      const [worst] = worstFirst();
      if (worst) focusHead(worst, { open: true });
    },
  },
  { id: 'go.head', title: 'Go to head …', group: 'Go', keys: ['Mod+P', '@'], when: needsRun, run: () => openPalette('@') },
  {
    id: 'go.position',
    title: 'Go to position …',
    group: 'Go',
    keys: ['G'],
    words: 'row column query key token',
    when: needsRun,
    run: () => openPalette(':'),
  },
  {
    id: 'go.token',
    title: 'Find text in the prompt …',
    group: 'Go',
    keys: ['/', '"'],
    words: 'search tokens',
    when: needsRun,
    run: () => openPalette('"'),
  },
  {
    id: 'go.pin',
    title: 'Pin head for comparison',
    group: 'Go',
    keys: ['P'],
    when: needsRun,
    checked: () => {
      const { pinned, layer, head } = focusStore.getState();
      return pinned?.layer === layer && pinned.head === head;
    },
    run: () => {
      // In the atlas the head under the pointer, or the active cell, is the one meant: its card names the key.
      const { pinned, hoverHead, ...focus } = focusStore.getState();
      const { layer, head } = hoverHead ?? focus;
      const same = pinned?.layer === layer && pinned.head === head;
      focusStore.setState({ pinned: same ? null : { layer, head } });
      announce(same ? 'Pin removed' : `${headName({ layer, head })} pinned`);
    },
  },
  {
    id: 'go.nextRegion',
    title: 'Next region of the window',
    group: 'Go',
    keys: ['F6'],
    inPalette: false,
    run: () => void cycleRegions(document, 1),
  },
  {
    id: 'go.previousRegion',
    title: 'Previous region of the window',
    group: 'Go',
    keys: ['Shift+F6'],
    inPalette: false,
    run: () => void cycleRegions(document, -1),
  },
];
