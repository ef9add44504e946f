// Keys that act only where the focus is: in a list, a grid, a slider. Commands have theirs in the registry; the key sheet names both.

export interface LocalKeys {
  /** Where they act. */
  where: string;
  keys: readonly { keys: readonly string[]; does: string }[];
}

export const LOCAL_KEYS: readonly LocalKeys[] = [
  {
    where: 'In the candidates',
    keys: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'Next candidate, its mask on the map' },
      { keys: ['Enter'], does: 'Apply the candidate' },
      { keys: ['E'], does: 'Measure its output error and time' },
      { keys: ['Shift+E'], does: 'Measure those of all candidates' },
    ],
  },
  {
    where: 'In the atlas and the config’s table',
    keys: [
      { keys: ['Enter'], does: 'Open the head’s map' },
      { keys: [' '], does: 'Select the head' },
      { keys: ['PageUp', 'PageDown'], does: 'Move by a page' },
      { keys: ['Home', 'End'], does: 'Go to the first, the last' },
    ],
  },
  {
    where: 'On a budget',
    keys: [
      { keys: ['ArrowUp', 'ArrowDown'], does: 'One step' },
      { keys: ['PageUp', 'PageDown'], does: 'Ten steps' },
    ],
  },
];
