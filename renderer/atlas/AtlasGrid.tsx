// The heads on one canvas, with an ARIA grid over it: a label per cell, only the active cell in the tab order. Pointer and keyboard
// do the same things; the canvas is drawn in a frame of its own, so that hovering never renders React's tree.
import { type KeyboardEvent, startTransition, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { focusHead, focusStore } from '../state/focus.ts';
import { selectHeads, selectionStore } from '../state/selection.ts';
import { AtlasRows } from './AtlasRows.tsx';
import { headKey } from './atlas_heads.ts';
import { movedCell } from './keyboard.ts';
import { type Box, boxOf, rowsShown } from './layout.ts';
import { type AtlasPicture, type PointerMarks, paintAtlas } from './paint_atlas.ts';
import { type SelectHow, selectCell } from './select_cell.ts';
import { useAtlasPointer } from './use_atlas_pointer.ts';

export interface ShownCell {
  index: number;
  /** In pixels of the zone, scrolling taken off. */
  box: Box;
}

export interface AtlasGridProps extends AtlasPicture {
  selected: readonly { layer: number; head: number }[];
  /** The cell a card may speak of: under the pointer, or reached by key. Null when it is left. */
  onShow: (cell: ShownCell | null) => void;
}

export function AtlasGrid(props: AtlasGridProps) {
  const { heads, layout, scale, theme, byLayer, means, selected, thumbnails, showThumbnails, onShow } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const marks = useRef<PointerMarks>({ hover: null, brush: null });
  const [active, setActive] = useState(0);
  const [focused, setFocused] = useState(false);
  const [rows, setRows] = useState<[number, number]>([0, 0]);
  const shownActive = Math.min(active, Math.max(0, heads.length - 1));
  const selectedKeys = useMemo(() => new Set(selected.map(headKey)), [selected]);

  const draw = useCallback(() => {
    if (!scroller.current || !canvas.current) return;
    const picture = { heads, layout, scale, theme, byLayer, means, thumbnails, showThumbnails };
    const active = focused ? shownActive : null;
    paintAtlas(scroller.current, canvas.current, picture, { ...marks.current, selected: selectedKeys, active });
  }, [heads, layout, scale, theme, byLayer, means, thumbnails, showThumbnails, selectedKeys, focused, shownActive]);

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
    if (marks.current.hover === null) latestShow.current(null);
  }, []);

  const pointing = useAtlasPointer({ heads, layout, byLayer, showThumbnails, scroller, marks, drawSoon, show, setActive });
  const select = (index: number, how: SelectHow) => selectCell(heads, index, byLayer, how);
  const open = (index: number) => {
    const head = heads[index];
    if (head) focusHead({ layer: head.layer, head: head.head }, { open: true });
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
      {...pointing}
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
