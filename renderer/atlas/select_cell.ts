// What a click or a key does to the selection.
import { focusHead } from '../state/focus.ts';
import { extendTo, selectHeads, selectionStore, toggleHead } from '../state/selection.ts';
import { type AtlasHead, headKey } from './atlas_heads.ts';

export interface SelectHow {
  /** From the primary head to this one. */
  extend: boolean;
  /** Add it, or take it out; otherwise it becomes the selection. */
  toggle: boolean;
}

/** `heads` in the order of the cells; where rows are layers a range is a rectangle, otherwise it follows that order. */
export function selectCell(heads: readonly AtlasHead[], index: number, byLayer: boolean, { extend, toggle }: SelectHow): void {
  const head = heads[index];
  if (!head) return;
  const place = { layer: head.layer, head: head.head };
  const { primary } = selectionStore.getState();
  const from = primary === null ? -1 : heads.findIndex((other) => headKey(other) === headKey(primary));
  if (!extend) {
    if (toggle) toggleHead(place);
    else selectHeads([place]);
  } else if (byLayer || from < 0) {
    extendTo(place);
  } else {
    const range = heads.slice(Math.min(from, index), Math.max(from, index) + 1).map((each) => ({ layer: each.layer, head: each.head }));
    selectHeads(from <= index ? range : range.reverse());
  }
  focusHead(place);
}
