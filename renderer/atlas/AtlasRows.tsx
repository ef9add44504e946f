// The atlas for keyboards and screen readers: rows and cells laid over the canvas, as many as are on screen.
import { type KeyboardEvent, memo, useEffect, useRef } from 'react';
import { type AtlasHead, headKey, headLabel } from './atlas_heads.ts';
import { type AtlasLayout, boxOf } from './layout.ts';

export interface AtlasRowsProps {
  heads: readonly AtlasHead[];
  layout: AtlasLayout;
  /** [first, last + 1] on screen. */
  rows: readonly [number, number];
  active: number;
  selected: ReadonlySet<string>;
  byLayer: boolean;
  onKeyDown: (event: KeyboardEvent<HTMLDivElement>) => void;
  /** `visible`: by keyboard, so that the place is to be shown. */
  onFocus: (index: number, visible: boolean) => void;
  onBlur: () => void;
}

export const AtlasRows = memo(function AtlasRows(props: AtlasRowsProps) {
  const { heads, layout, rows, active, selected, byLayer, onKeyDown, onFocus, onBlur } = props;
  const grid = useRef<HTMLDivElement>(null);
  const activeRow = Math.floor(active / layout.columns);
  const shown: number[] = [];
  for (let row = rows[0]; row < rows[1]; row += 1) shown.push(row);
  // The cell that holds the focus stays, wherever the picture is scrolled to; the one it leaves stays until the focus has moved.
  const focusedRow = useRef(activeRow);
  for (const row of [activeRow, focusedRow.current]) if (row < layout.rows && !shown.includes(row)) shown.push(row);

  useEffect(() => {
    const cell = grid.current?.querySelector<HTMLElement>(`[data-cell="${active}"]`);
    if (cell && cell !== document.activeElement && grid.current?.contains(document.activeElement)) cell.focus({ preventScroll: true });
    focusedRow.current = activeRow;
  }, [active, activeRow]);

  return (
    // biome-ignore lint/a11y/useSemanticElements: cells lie where the canvas draws them; a table lays out its own.
    <div
      ref={grid}
      role="grid"
      aria-label={byLayer ? 'Heads by layer' : 'Heads, most missed mass first'}
      aria-rowcount={layout.rows}
      aria-colcount={layout.columns}
      aria-multiselectable="true"
      className="atlas-rows"
      style={{ width: layout.width, height: layout.height }}
      onKeyDown={onKeyDown}
      onBlur={onBlur}
    >
      {shown.map((row) => (
        <AtlasRow
          key={row}
          row={row}
          heads={heads.slice(row * layout.columns, (row + 1) * layout.columns)}
          layout={layout}
          active={activeRow === row ? active : null}
          selected={selected}
          onFocus={onFocus}
        />
      ))}
    </div>
  );
});

interface AtlasRowProps extends Pick<AtlasRowsProps, 'heads' | 'layout' | 'selected' | 'onFocus'> {
  row: number;
  /** The active cell, where it is in this row. */
  active: number | null;
}

/** Of hundreds of rows few change when heads are measured one by one or the active cell moves. */
const sameRow = (a: AtlasRowProps, b: AtlasRowProps) =>
  a.row === b.row &&
  a.layout === b.layout &&
  a.active === b.active &&
  a.selected === b.selected &&
  a.onFocus === b.onFocus &&
  a.heads.length === b.heads.length &&
  a.heads.every((head, index) => head === b.heads[index]);

const AtlasRow = memo(function AtlasRow({ row, heads, layout, active, selected, onFocus }: AtlasRowProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the grid.
    // biome-ignore lint/a11y/useFocusableInteractive: the ARIA grid pattern focuses cells, not rows.
    <div role="row" aria-rowindex={row + 1}>
      {heads.map((head, column) => {
        const index = row * layout.columns + column;
        const { x, y, width, height } = boxOf(layout, index);
        return (
          // biome-ignore lint/a11y/useSemanticElements: as the grid.
          <div
            role="gridcell"
            key={headKey(head)}
            data-cell={index}
            aria-colindex={column + 1}
            aria-selected={selected.has(headKey(head))}
            aria-label={headLabel(head)}
            tabIndex={index === active ? 0 : -1}
            className="atlas-cell"
            style={{ transform: `translate(${x}px, ${y}px)`, width, height }}
            onFocus={(event) => onFocus(index, event.currentTarget.matches(':focus-visible'))}
          />
        );
      })}
    </div>
  );
}, sameRow);
