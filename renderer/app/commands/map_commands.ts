// The map's colours and scales, and places in it.
import { centreCursor, followStore, holdScales, toggleDiagonal } from '../../map/map_actions.ts';
import { focusHead, focusStore, headName, showArea } from '../../state/focus.ts';
import { linksStore, toggleLinkedPlace } from '../../state/links.ts';
import { announce } from '../../state/notices.ts';
import { COLOUR_MAPS, type ColourMap, type MaskMode, preferencesStore, setPreferences } from '../../state/preferences.ts';
import type { Command } from '../command_registry.ts';
import { shellStore } from '../shell_state.ts';
import { needsRun } from './go_commands.ts';
import { onMap } from './view_commands.ts';

function chooseColours(colourMap: ColourMap): void {
  setPreferences({ colourMap });
  announce(`Colour map ${colourMap}`);
}

/** The mode that "missed only" goes back to. */
let modeBefore: MaskMode = 'outline';

function toggleMissedOnly(): void {
  const { maskMode } = preferencesStore.getState();
  if (maskMode !== 'missed') modeBefore = maskMode;
  setPreferences({ maskMode: maskMode === 'missed' ? modeBefore : 'missed' });
  announce(`Mask ${preferencesStore.getState().maskMode}`);
}

const needsCursor = (): true | string => {
  const map = onMap();
  if (map !== true) return map;
  return focusStore.getState().hover ? true : 'Needs a cursor on the map.';
};

const needsPin = (): true | string => (focusStore.getState().pinned ? true : 'No head is pinned.');

const limitsSet = (): true | string => {
  const { max, sum, missed } = preferencesStore.getState().scaleLimits;
  return max || sum || missed ? true : 'The scales follow the data.';
};

export const mapCommands: readonly Command[] = [
  {
    id: 'map.colourMap',
    title: 'Next colour map',
    group: 'Map',
    keys: ['C'],
    words: COLOUR_MAPS.join(' '),
    run: () => {
      const { colourMap } = preferencesStore.getState();
      chooseColours(COLOUR_MAPS[(COLOUR_MAPS.indexOf(colourMap) + 1) % COLOUR_MAPS.length] ?? 'cividis');
    },
  },
  ...COLOUR_MAPS.map(
    (colourMap): Command => ({
      id: `map.colours.${colourMap}`,
      title: `Colour map ${colourMap}`,
      group: 'Map',
      checked: () => preferencesStore.getState().colourMap === colourMap,
      run: () => chooseColours(colourMap),
    }),
  ),
  {
    id: 'map.resetScales',
    title: 'Give the colour scales back to the data',
    group: 'Map',
    words: 'limits reset percentiles',
    when: limitsSet,
    run: () => setPreferences({ scaleLimits: { max: null, sum: null, missed: null } }),
  },
  {
    id: 'map.holdScales',
    title: 'Hold the colour scales for every head',
    group: 'Map',
    keys: ['Shift+L'],
    words: 'link value scale limits compare',
    when: onMap,
    checked: () => limitsSet() === true,
    run: () => {
      const held = limitsSet() === true;
      if (held) setPreferences({ scaleLimits: { max: null, sum: null, missed: null } });
      else holdScales();
      announce(held ? 'The scales follow the data' : 'The scales are held for every head');
    },
  },
  {
    id: 'map.linkPlace',
    title: 'Keep head and place when another run comes on screen',
    group: 'Map',
    keys: ['L'],
    words: 'link viewport lock compare runs',
    checked: () => linksStore.getState().place,
    run: () => announce(toggleLinkedPlace() ? 'Runs share head and place' : 'Every run has its own place'),
  },
  {
    id: 'map.missedOnly',
    title: 'Missed mass only, and back',
    group: 'Map',
    keys: ['Shift+M'],
    run: toggleMissedOnly,
  },
  { id: 'map.centre', title: 'Centre the cursor, then close up to it', group: 'Map', keys: ['F'], when: needsCursor, run: centreCursor },
  {
    id: 'map.diagonal',
    title: 'Follow the diagonal while panning',
    group: 'Map',
    keys: ['D'],
    when: onMap,
    checked: () => followStore.getState().diagonal,
    run: toggleDiagonal,
  },
  {
    id: 'map.region',
    title: 'Show the region table',
    group: 'Map',
    words: 'strongest pairs table exact missed',
    when: needsRun,
    run: () => {
      showArea('map');
      setPreferences({ drawerOpen: true });
      shellStore.setState({ drawerTab: 'region' });
    },
  },
  {
    id: 'map.swap',
    title: 'Swap with the pinned head',
    group: 'Map',
    keys: ['X'],
    words: 'A B compare',
    when: needsPin,
    run: () => {
      const { pinned, layer, head } = focusStore.getState();
      if (!pinned) return;
      focusHead(pinned);
      focusStore.setState({ pinned: { layer, head } });
      announce(headName(pinned));
    },
  },
];
