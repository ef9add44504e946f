// What the map says about the picture on screen, for the status bar and the live region. The map writes it, nobody else.
import { createStore } from 'zustand/vanilla';

export interface CellReadout {
  q: number;
  k: number;
  /** Attention at the cell: of one pair of tokens where `exact`, otherwise of the cell drawn. Null: not captured or not there yet. */
  value: number | null;
  exact: boolean;
  /** 'slash 13,386', 'column 4', 'sink', 'window', 'block'; null: missed; undefined: not known. */
  keptBy: string | null | undefined;
  /** Why it is missed: ': column rank 512 ≥ 500', or nothing. */
  because?: string;
  /** Readable text of the two tokens, where decoded. */
  queryToken: string | null;
  keyToken: string | null;
}

export interface ReadoutState {
  cell: CellReadout | null;
  /** Tokens along one drawn pixel, rows and columns; null: no map on screen. */
  footprint: { rows: number; columns: number } | null;
  aggregate: 'max' | 'sum' | 'mean';
  /** Octaves. */
  scale: { low: number; high: number } | null;
  tiles: { ready: number; wanted: number } | null;
  /** Frames drawn a second while something moves; null at rest. */
  framesPerSecond: number | null;
}

export const readoutStore = createStore<ReadoutState>()(() => ({
  cell: null,
  footprint: null,
  aggregate: 'max',
  scale: null,
  tiles: null,
  framesPerSecond: null,
}));
