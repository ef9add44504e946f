// The heads on one canvas, with an ARIA grid over it: a label per cell, only the active cell in the tab order. Pointer and keyboard
// do the same things; the canvas is drawn in a frame of its own, so that hovering never renders React's tree.
import {
  type KeyboardEvent,
  type PointerEvent,
  startTransition,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { focusHead, focusStore } from '../state/focus.ts';
import { addHeads, selectHeads, selectionStore } from '../state/selection.ts';
import type { ThemeName } from '../ui/colour_maps.ts';
import { AtlasRows } from './AtlasRows.tsx';
import { type AtlasHead, headKey } from './atlas_heads.ts';
import { canvasInk } from './canvas_ink.ts';
import type { ColourScale } from './colour_scale.ts';
import { drawAtlas } from './draw.ts';
import { movedCell } from './keyboard.ts';
import { type AtlasLayout, type Box, boxOf, cellAt, cellsWithin, namedCells, rowsShown } from './layout.ts';
import { type SelectHow, selectCell } from './select_cell.ts';
import type { Thumbnails } from './use_thumbnails.ts';

export interface ShownCell {
  index: number;
  /** In pixels of the zone, scrolling taken off. */
  box: Box;
}

export interface AtlasGridProps {
  heads: readonly AtlasHead[];
  layout: AtlasLayout;
  scale: ColourScale;
  theme: ThemeName;
  byLayer: boolean;
  means: readonly (number | null)[];
  selected: readonly { layer: number; head: number }[];
  thumbnails: Thumbnails;
  showThumbnails: boolean;
  /** The cell a card may speak of: under the pointer, or reached by key. Null when it is left. */
  onShow: (cell: ShownCell | null) => void;
}

interface Press {
  x: number;
  y: number;
  pressed: number | null;
  /** The cells of the layer or head whose name was pressed. */
  named: number[] | null;
}

/** Pixels before a press becomes a brush. */
const BRUSH_SLACK = 4;

export function AtlasGrid(props: AtlasGridProps) {
  const { heads, layout, scale, theme, byLayer, means, selected, thumbnails, showThumbnails, onShow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  /** Transient: read by the drawing, not by React. */
  const pointer = useRef<{ hover: number | null; brush: Box | null; from: Press | null }>({
    hover: null,
    brush: null,
    from: null,
  });
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);
  const [rows, setRows] = useState<[number, number]>([0, 0]);
  const shownActive = Math.min(active, Math.max(0, heads.length - 1));
  const selectedKeys = useMemo(() => new Set(selected.map(headKey)), [selected]);

  const draw = useCallback(() => {
    const box = scroller.current;
    const target = canvas.current;
    if (!box || !target) return;
    const [width, height] = [box.clientWidth, box.clientHeight];
    const ratio = window.devicePixelRatio || 1;
    const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (target.width !== pixelsX || target.height !== pixelsY) {
      target.width = pixelsX;
      target.height = pixelsY;
      target.style.width = `${width}px`;
      target.style.height = `${height}px`;
    }
    const context = target.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { hover, brush } = pointer.current;
    drawAtlas(
      context,
      {
        layout,
        heads,
        scale,
        ink: canvasInk(box),
        byLayer,
        means,
        selected: selectedKeys,
        active: hover ?? (focused ? shownActive : null),
        brush,
        thumbnail: showThumbnails ? ({ layer, head }) => thumbnails.painted?.get(layer, head, theme) ?? null : null,
      },
      { scrollTop: box.scrollTop, scrollLeft: box.scrollLeft, width, height },
    );
  }, [layout, heads, scale, theme, byLayer, means, selectedKeys, showThumbnails, thumbnails, focused, shownActive]);

  const frame = useRef(0);
  const drawSoon = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(draw);
  }, [draw]);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  const look = useCallback(() => {
    const box = scroller.current;
    if (!box) return;
    const [first, end] = rowsShown(layout, box.scrollTop, box.clientHeight);
    // The picture comes first; the cells for readers follow in slices, without holding up a frame.
    startTransition(() => setRows((old) => (old[0] === first && old[1] === end ? old : [first, end])));
  }, [layout]);
  useLayoutEffect(() => {
    look();
    draw();
  }, [look, draw]);
  useEffect(() => {
    const box = scroller.current;
    if (!box || typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(() => {
      look();
      draw();
    });
    observer.observe(box);
    return () => observer.disconnect();
  }, [look, draw]);

  // The pictures of the rows on screen, and the ones just below.
  const { want } = thumbnails;
  useEffect(() => {
    if (!showThumbnails) return;
    want(heads.slice(rows[0] * layout.columns, (rows[1] + 1) * layout.columns).filter(({ captured }) => captured));
  }, [want, showThumbnails, heads, rows, layout.columns]);

  const boxInZone = useCallback(
    (index: number): Box => {
      const { x, y, width, height } = boxOf(layout, index);
      const box = scroller.current;
      return { x: x - (box?.scrollLeft ?? 0), y: y - (box?.scrollTop ?? 0), width, height };
    },
    [layout],
  );

  const show = useCallback(
    (index: number | null) => {
      const head = index === null ? undefined : heads[index];
      focusStore.setState({ hoverHead: head ? { layer: head.layer, head: head.head } : null });
      onShow(index === null ? null : { index, box: boxInZone(index) });
    },
    [heads, onShow, boxInZone],
  );

  // Stable for the cells, which are not made again when other heads are measured.
  const latestShow = useRef(show);
  useLayoutEffect(() => {
    latestShow.current = show;
  }, [show]);
  const focusCell = useCallback((index: number, visible: boolean) => {
    setActive(index);
    setFocused(visible);
    if (visible) latestShow.current(index);
  }, []);
  const blurGrid = useCallback(() => {
    setFocused(false);
    if (pointer.current.hover === null) latestShow.current(null);
  }, []);

  const pointOf = ({ clientX, clientY }: { clientX: number; clientY: number }) => {
    const box = scroller.current;
    const bounds = box?.getBoundingClientRect();
    return { x: clientX - (bounds?.left ?? 0) + (box?.scrollLeft ?? 0), y: clientY - (bounds?.top ?? 0) + (box?.scrollTop ?? 0) };
  };

  const select = (index: number, how: SelectHow) => selectCell(heads, index, byLayer, how);
  const choose = (cells: readonly number[], { shiftKey, ctrlKey, metaKey }: PointerEvent) => {
    const places = cells.flatMap((index) => heads[index] ?? []).map(({ layer, head }) => ({ layer, head }));
    if (shiftKey || ctrlKey || metaKey) addHeads(places);
    else selectHeads(places);
  };
  const open = (index: number) => {
    const head = heads[index];
    if (head) focusHead({ layer: head.layer, head: head.head }, { open: true });
  };

  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const { x, y } = pointOf(event);
    const box = scroller.current;
    const name = { x: x - (box?.scrollLeft ?? 0), y: y - (box?.scrollTop ?? 0) };
    const named = byLayer && !showThumbnails ? namedCells(layout, name, { x, y }) : null;
    pointer.current.from = { x, y, named, pressed: named ? null : cellAt(layout, x, y) };
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const { x, y } = pointOf(event);
    const { from } = pointer.current;
    if (from && Math.hypot(x - from.x, y - from.y) > BRUSH_SLACK) {
      if (!pointer.current.brush) event.currentTarget.setPointerCapture?.(event.pointerId);
      pointer.current.brush = { x: Math.min(x, from.x), y: Math.min(y, from.y), width: Math.abs(x - from.x), height: Math.abs(y - from.y) };
      pointer.current.hover = null;
      show(null);
      drawSoon();
      return;
    }
    const hover = cellAt(layout, x, y);
    if (hover === pointer.current.hover) return;
    pointer.current.hover = hover;
    show(hover);
    drawSoon();
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    const { from, brush } = pointer.current;
    pointer.current.from = null;
    pointer.current.brush = null;
    if (!from) return;
    if (brush) {
      const { x, y } = pointOf(event);
      choose(cellsWithin(layout, from.x, from.y, x, y), event);
      drawSoon();
      return;
    }
    if (from.named) {
      choose(from.named, event);
      return;
    }
    if (from.pressed === null) return;
    setActive(from.pressed);
    if (event.shiftKey) select(from.pressed, { extend: true, toggle: false });
    else if (event.ctrlKey || event.metaKey) select(from.pressed, { extend: false, toggle: true });
    else open(from.pressed);
  };
  const onPointerLeave = () => {
    if (pointer.current.brush) return;
    pointer.current.from = null;
    pointer.current.hover = null;
    show(null);
    drawSoon();
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.altKey) return;
    const to = movedCell(layout, shownActive, event.key, event.ctrlKey || event.metaKey);
    if (to !== null) {
      if (event.shiftKey && selectionStore.getState().primary === null) select(shownActive, { extend: false, toggle: false });
      setActive(to);
      scrollTo(to);
      show(to);
      if (event.shiftKey) select(to, { extend: true, toggle: false });
    } else if (event.key === ' ') {
      select(shownActive, { extend: event.shiftKey, toggle: true });
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'a') {
      selectHeads(heads.map(({ layer, head }) => ({ layer, head })));
    } else if (event.key === 'Enter') {
      open(shownActive);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const scrollTo = (index: number) => {
    const box = scroller.current;
    if (!box) return;
    const cell = boxOf(layout, index);
    const margin = layout.caption === 0 ? layout.top : 14;
    if (cell.y - margin < box.scrollTop) box.scrollTop = Math.max(0, cell.y - margin);
    else if (cell.y + layout.pitchY > box.scrollTop + box.clientHeight) box.scrollTop = cell.y + layout.pitchY + 4 - box.clientHeight;
    if (cell.x - layout.left < box.scrollLeft) box.scrollLeft = Math.max(0, cell.x - layout.left);
    else if (cell.x + cell.width > box.scrollLeft + box.clientWidth) box.scrollLeft = cell.x + cell.width + 8 - box.clientWidth;
    look();
  };

  return (
    <div
      ref={scroller}
      className="atlas-scroller"
      style={{ height: layout.height }}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerLeave}
      onPointerLeave={onPointerLeave}
      onScroll={() => {
        look();
        drawSoon();
      }}
    >
      <div className="atlas-extent" style={{ width: layout.width, height: layout.height }}>
        <canvas ref={canvas} className="atlas-canvas" />
        <AtlasRows
          heads={heads}
          layout={layout}
          rows={rows}
          active={shownActive}
          selected={selectedKeys}
          byLayer={byLayer}
          onKeyDown={onKeyDown}
          onFocus={focusCell}
          onBlur={blurGrid}
        />
      </div>
    </div>
  );
}
