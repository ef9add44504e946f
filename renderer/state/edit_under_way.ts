// Looking at another head ends the edit of the one before: kept, as a step of its own. Going to another work area does not.
import { commitLive, configStore } from './config_document.ts';
import { focusStore } from './focus.ts';

/** Returns what stops it. */
export function keepEditsOfHeadsLeft(): () => void {
  return focusStore.subscribe(({ layer, head }, before) => {
    if (layer === before.layer && head === before.head) return;
    const { live } = configStore.getState();
    if (live && (live.layer !== layer || live.head !== head)) commitLive();
  });
}
