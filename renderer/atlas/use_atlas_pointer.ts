// Pointing at heads: hovering shows a card, a press opens or selects, a drag selects what it crosses, a name its layer or column.
import { type PointerEvent, type RefObject, useRef } from 'react';
import { focusHead } from '../state/focus.ts';
import { addHeads, selectHeads } from '../state/selection.ts';
import type { AtlasHead } from './atlas_heads.ts';
import { type AtlasLayout, cellAt, cellsWithin, namedCells } from './layout.ts';
import type { PointerMarks } from './paint_atlas.ts';
import { selectCell } from './select_cell.ts';

interface Press {
  x: number;
  y: number;
  pressed: number | null;
  /** The cells of the layer or head whose name was pressed. */
  named: number[] | null;
}

/** Pixels before a press becomes a brush. */
const BRUSH_SLACK = 4;

export interface AtlasPointing {
  heads: readonly AtlasHead[];
  layout: AtlasLayout;
  byLayer: boolean;
  showThumbnails: boolean;
  scroller: RefObject<HTMLDivElement | null>;
  marks: RefObject<PointerMarks>;
  drawSoon: () => void;
  show: (index: number | null) => void;
  setActive: (index: number) => void;
}

/** The handlers of the scroller. */
export function useAtlasPointer({ heads, layout, byLayer, showThumbnails, scroller, marks, drawSoon, show, setActive }: AtlasPointing) {
  const from = useRef<Press | null>(null);

  const pointOf = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
    const box = scroller.current;
    const bounds = box?.getBoundingClientRect();
    return { x: clientX - (bounds?.left ?? 0) + (box?.scrollLeft ?? 0), y: clientY - (bounds?.top ?? 0) + (box?.scrollTop ?? 0) };
  };
  const choose = (cells: readonly number[], { shiftKey, ctrlKey, metaKey }: PointerEvent) => {
    const places = cells.flatMap((index) => heads[index] ?? []).map(({ layer, head }) => ({ layer, head }));
    if (shiftKey || ctrlKey || metaKey) addHeads(places);
    else selectHeads(places);
  };
  const press = (index: number, event: PointerEvent) => {
    setActive(index);
    const head = heads[index];
    if (event.shiftKey) selectCell(heads, index, byLayer, { extend: true, toggle: false });
    else if (event.ctrlKey || event.metaKey) selectCell(heads, index, byLayer, { extend: false, toggle: true });
    else if (head) focusHead({ layer: head.layer, head: head.head }, { open: true });
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const { x, y } = pointOf(event);
    const box = scroller.current;
    const name = { x: x - (box?.scrollLeft ?? 0), y: y - (box?.scrollTop ?? 0) };
    const named = byLayer && !showThumbnails ? namedCells(layout, name, { x, y }) : null;
    from.current = { x, y, named, pressed: named ? null : cellAt(layout, x, y) };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const { x, y } = pointOf(event);
    const start = from.current;
    if (start && Math.hypot(x - start.x, y - start.y) > BRUSH_SLACK) {
      if (!marks.current.brush) event.currentTarget.setPointerCapture?.(event.pointerId);
      marks.current.brush = {
        x: Math.min(x, start.x),
        y: Math.min(y, start.y),
        width: Math.abs(x - start.x),
        height: Math.abs(y - start.y),
      };
      marks.current.hover = null;
      show(null);
      drawSoon();
      return;
    }
    const hover = cellAt(layout, x, y);
    if (hover === marks.current.hover) return;
    marks.current.hover = hover;
    show(hover);
    drawSoon();
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    const start = from.current;
    const { brush } = marks.current;
    from.current = null;
    marks.current.brush = null;
    if (!start) return;
    if (brush) {
      const { x, y } = pointOf(event);
      choose(cellsWithin(layout, start.x, start.y, x, y), event);
      drawSoon();
    } else if (start.named) choose(start.named, event);
    else if (start.pressed !== null) press(start.pressed, event);
  };
  const onPointerLeave = () => {
    if (marks.current.brush) return;
    from.current = null;
    marks.current.hover = null;
    show(null);
    drawSoon();
  };
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerLeave, onPointerLeave };
}
