// The heads an action applies to. The primary one is where a range begins.
import { createStore } from 'zustand/vanilla';
import type { HeadPlace } from './focus.ts';

export interface SelectionState {
  /** In the order they were chosen, without repeats. */
  heads: readonly HeadPlace[];
  primary: HeadPlace | null;
}

export const selectionStore = createStore<SelectionState>()(() => ({ heads: [], primary: null }));

const same = (a: HeadPlace, b: HeadPlace) => a.layer === b.layer && a.head === b.head;

function unique(heads: readonly HeadPlace[]): HeadPlace[] {
  const seen = new Set<string>();
  return heads.filter(({ layer, head }) => {
    const key = `${layer}/${head}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

export function selectHeads(heads: readonly HeadPlace[]): void {
  selectionStore.setState({ heads: unique(heads), primary: heads[0] ?? null });
}

export function addHeads(heads: readonly HeadPlace[]): void {
  selectionStore.setState((state) => ({ heads: unique([...state.heads, ...heads]), primary: state.primary ?? heads[0] ?? null }));
}

export function toggleHead(place: HeadPlace): void {
  selectionStore.setState(({ heads, primary }) => {
    if (!heads.some((other) => same(other, place))) return { heads: [...heads, place], primary: place };
    const rest = heads.filter((other) => !same(other, place));
    return { heads: rest, primary: primary && same(primary, place) ? (rest.at(-1) ?? null) : primary };
  });
}

/** The rectangle between the primary head and `place`, in layers and heads. */
export function extendTo(place: HeadPlace): void {
  const { primary } = selectionStore.getState();
  if (!primary) {
    selectHeads([place]);
    return;
  }
  const heads: HeadPlace[] = [];
  for (let layer = Math.min(primary.layer, place.layer); layer <= Math.max(primary.layer, place.layer); layer += 1) {
    for (let head = Math.min(primary.head, place.head); head <= Math.max(primary.head, place.head); head += 1) heads.push({ layer, head });
  }
  selectionStore.setState({ heads, primary });
}

export function clearSelection(): void {
  selectionStore.setState({ heads: [], primary: null });
}

export function isSelected(heads: readonly HeadPlace[], place: HeadPlace): boolean {
  return heads.some((other) => same(other, place));
}
