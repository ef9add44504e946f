// Keys of the picture while it has the focus. What the window's command registry also knows is handled here first, at the cursor.
import type { KeyboardEvent } from 'react';
import { closeUp, fitMap, moveCursor, panMap, toggleReadout, zoomMap } from './map_actions.ts';

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Arrows pan a tenth of the view, with Shift all of it, with Alt they move the cursor by one token. */
export function handleMapKey(event: KeyboardEvent<HTMLElement>, askWhere: () => void): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
  const step = STEPS[event.key];
  const act = (): boolean => {
    if (step && event.altKey) moveCursor(step[0], step[1]);
    else if (step) panMap(step[0] * (event.shiftKey ? 1 : 0.1), step[1] * (event.shiftKey ? 1 : 0.1));
    else if (event.altKey) return false;
    else if (event.key === '+' || event.key === '=' || event.key === 'w') zoomMap('in');
    else if (event.key === '-' || event.key === '_' || event.key === 's') zoomMap('out');
    else if (event.key === '0') fitMap();
    else if (event.key === '1') closeUp();
    else if (event.key === 'g' || event.key === 'G') askWhere();
    else if (event.key === 'h' || event.key === 'H') toggleReadout();
    else return false;
    return true;
  };
  if (!act()) return;
  event.preventDefault();
  event.stopPropagation();
}
