// Theme, panels, mask, colours, and moving about the map.
import { closeUp, fitMap, panMap, toggleReadout, zoomMap } from '../../map/map_actions.ts';
import { focusStore } from '../../state/focus.ts';
import { announce } from '../../state/notices.ts';
import { cycleMaskMode, preferencesStore, setPreferences } from '../../state/preferences.ts';
import type { Command } from '../command_registry.ts';
import { openPalette, shellStore } from '../shell_state.ts';
import { needsRun } from './go_commands.ts';

export const onMap = (): true | string => {
  const run = needsRun();
  if (run !== true) return run;
  return focusStore.getState().area === 'map' ? true : 'Needs the map on screen.';
};

const PANS = [
  ['Up', -1, 0],
  ['Down', 1, 0],
  ['Left', 0, -1],
  ['Right', 0, 1],
] as const;

const panCommands = PANS.flatMap(([side, down, right]): Command[] => [
  {
    id: `map.pan${side}`,
    title: `Pan ${side.toLowerCase()}`,
    group: 'Map',
    keys: [`Arrow${side}`],
    inPalette: false,
    when: onMap,
    run: () => panMap(0.1 * down, 0.1 * right),
  },
  {
    id: `map.page${side}`,
    title: `Pan ${side.toLowerCase()} by a screen`,
    group: 'Map',
    keys: [`Shift+Arrow${side}`],
    inPalette: false,
    when: onMap,
    run: () => panMap(down, right),
  },
]);

export const viewCommands: readonly Command[] = [
  {
    id: 'view.palette',
    title: 'Command palette',
    group: 'View',
    keys: ['Mod+K', 'Mod+Shift+P'],
    inPalette: false,
    run: () => openPalette(),
  },
  {
    id: 'view.theme',
    title: 'Switch between light and dark',
    group: 'View',
    words: 'theme colour',
    run: () => setPreferences({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' }),
  },
  {
    id: 'view.systemTheme',
    title: 'Follow the system theme',
    group: 'View',
    checked: () => preferencesStore.getState().theme === 'system',
    run: () => setPreferences({ theme: 'system' }),
  },
  {
    id: 'view.drawer',
    title: 'Show drawer',
    group: 'View',
    keys: ['Q'],
    checked: () => preferencesStore.getState().drawerOpen,
    run: () => setPreferences({ drawerOpen: !preferencesStore.getState().drawerOpen }),
  },
  {
    id: 'view.inspector',
    title: 'Show inspector',
    group: 'View',
    keys: ['I'],
    words: 'panel right narrow',
    checked: () => preferencesStore.getState().inspectorOpen,
    run: () => setPreferences({ inspectorOpen: !preferencesStore.getState().inspectorOpen }),
  },
  {
    id: 'view.letterKeys',
    title: 'Use single-letter keys',
    group: 'View',
    words: 'keyboard shortcuts',
    checked: () => preferencesStore.getState().letterKeys,
    run: () => setPreferences({ letterKeys: !preferencesStore.getState().letterKeys }),
  },
  {
    id: 'map.maskMode',
    title: 'Next mask mode',
    group: 'Map',
    keys: ['M'],
    words: 'off outline dim missed split',
    run: () => {
      cycleMaskMode();
      announce(`Mask ${preferencesStore.getState().maskMode}`);
    },
  },
  {
    id: 'map.aggregate',
    title: 'Switch between largest and summed attention',
    group: 'Map',
    words: 'max mass sum',
    run: () => setPreferences({ aggregate: preferencesStore.getState().aggregate === 'max' ? 'sum' : 'max' }),
  },
  { id: 'map.fit', title: 'Fit the whole map', group: 'Map', keys: ['0'], when: onMap, run: fitMap },
  { id: 'map.closeUp', title: 'Zoom to 16 pixels a token', group: 'Map', keys: ['1'], when: onMap, run: closeUp },
  { id: 'map.zoomIn', title: 'Zoom in', group: 'Map', keys: ['+', '=', 'W'], when: onMap, run: () => zoomMap('in') },
  { id: 'map.zoomOut', title: 'Zoom out', group: 'Map', keys: ['-', 'S'], when: onMap, run: () => zoomMap('out') },
  {
    id: 'map.freeze',
    title: 'Freeze the read-out',
    group: 'Map',
    keys: ['H'],
    when: onMap,
    checked: () => focusStore.getState().frozen,
    run: toggleReadout,
  },
  ...panCommands,
  {
    id: 'help.keys',
    title: 'Keyboard shortcuts',
    group: 'Help',
    keys: ['?'],
    run: () => shellStore.setState({ keySheet: true }),
  },
];
