// What goes along from run to run. Not kept between starts.
import { createStore } from 'zustand/vanilla';

/** `place`: head and viewport stay where they are when another run comes on screen, instead of being where that run was left. */
export const linksStore = createStore<{ place: boolean }>()(() => ({ place: false }));

export function toggleLinkedPlace(): boolean {
  const place = !linksStore.getState().place;
  linksStore.setState({ place });
  return place;
}
