// A pattern looked at before it is applied: the map draws it as a dashed outline, nothing else follows it.
import { createStore } from 'zustand/vanilla';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadPlace } from './focus.ts';

export interface GhostState {
  ghost: (HeadPlace & { pattern: Pattern }) | null;
}

export const ghostStore = createStore<GhostState>()(() => ({ ghost: null }));

export function showGhost(ghost: (HeadPlace & { pattern: Pattern }) | null): void {
  ghostStore.setState({ ghost });
}
