// What the drawn map tells the parts around it that are ordinary elements: legend, chips, messages.
import { createStore } from 'zustand/vanilla';
import type { Octaves } from './map_renderer.ts';

export interface MapStatus {
  /** Cells of the level on screen: tokens along a side. */
  cellTokens: number;
  limits: Octaves | null;
  lostLimits: Octaves | null;
  /** Tiles on screen that are their own, that stand in for finer ones, and that are not there at all. */
  sharp: number;
  coarse: number;
  empty: number;
  lostEstimated: boolean;
  lostStale: boolean;
  /** The missed scale's limits are of the pattern on screen, not of an earlier one. */
  lostLimitsCounted: boolean;
  /** Missed mass of every row under the pattern on screen; null: not counted. */
  missedRows: Float32Array | null;
  mask: 'none' | 'pending' | 'shown' | 'failed';
  maskError: string | null;
  tileError: { code: string; message: string } | null;
  /** Null: it works. */
  graphicsError: string | null;
  /** Counts of cells by where they lie on the scale, 0 to 1; null before the overview. */
  histogram: Uint32Array | null;
}

export const mapStatusStore = createStore<MapStatus>()(() => ({
  cellTokens: 1,
  limits: null,
  lostLimits: null,
  sharp: 0,
  coarse: 0,
  empty: 0,
  lostEstimated: false,
  lostStale: false,
  lostLimitsCounted: false,
  missedRows: null,
  mask: 'none',
  maskError: null,
  tileError: null,
  graphicsError: null,
  histogram: null,
}));

/** Writes what differs; a store that changes every frame would render the legend every frame. */
export function noteStatus(part: Partial<MapStatus>): void {
  const now = new Map<string, unknown>(Object.entries(mapStatusStore.getState()));
  const changed = Object.entries(part).some(([name, value]) => !alike(now.get(name), value));
  if (changed) mapStatusStore.setState(part);
}

/** Equal, or records of equal fields. */
export function alike(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || ArrayBuffer.isView(a)) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([name, value]) => Object.is(value, right.get(name)));
}
