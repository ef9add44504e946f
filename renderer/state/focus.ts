// Where the user looks: run, work area, head, and what is under the pointer. Never saved, never undone.
import { createStore } from 'zustand/vanilla';

export type Area = 'atlas' | 'map' | 'compare' | 'config';

export interface Hover {
  /** Row and column, token positions. */
  q: number;
  k: number;
  /** Which view the pointer is in. */
  source: 'map' | 'minimap' | 'tokens' | 'track' | 'keyboard';
}

export interface HeadPlace {
  layer: number;
  head: number;
}

export interface FocusState {
  runId: string | null;
  area: Area;
  /** The head on screen in the map and the inspector. */
  layer: number;
  head: number;
  /** Written at most once a frame. */
  hover: Hover | null;
  /** Read-out frozen at this place (H). */
  frozen: boolean;
  /** A head previewed by hovering in the atlas. */
  hoverHead: HeadPlace | null;
  /** A head kept for comparison (P). */
  pinned: HeadPlace | null;
}

export const focusStore = createStore<FocusState>()(() => ({
  runId: null,
  area: 'atlas',
  layer: 0,
  head: 0,
  hover: null,
  frozen: false,
  hoverHead: null,
  pinned: null,
}));

export function showArea(area: Area): void {
  focusStore.setState({ area, hoverHead: null });
}

/** Makes it the head on screen; `open` also shows its map. */
export function focusHead(place: HeadPlace, { open = false } = {}): void {
  const { area } = focusStore.getState();
  focusStore.setState({ layer: place.layer, head: place.head, hover: null, frozen: false, area: open ? 'map' : area });
}

export function setHover(hover: Hover | null): void {
  const { frozen, hover: before } = focusStore.getState();
  // A hand that moves the map says so with every event.
  if (!frozen && (hover !== null || before !== null)) focusStore.setState({ hover });
}

/** A run becomes the current one; the head on screen stays where the run has it. */
export function focusRun(runId: string | null, shape?: { layers: number; heads: number; layersPresent: readonly number[] }): void {
  const { layer, head } = focusStore.getState();
  const layerThere = shape === undefined || shape.layersPresent.includes(layer);
  focusStore.setState({
    runId,
    layer: layerThere ? layer : (shape?.layersPresent[0] ?? 0),
    head: shape === undefined || head < shape.heads ? head : 0,
    hover: null,
    hoverHead: null,
    frozen: false,
    pinned: null,
  });
}

/** 'L14 H21', as everywhere on screen. */
export function headName({ layer, head }: HeadPlace): string {
  return `L${layer} H${head}`;
}
