// Where a key moves the active cell: the ARIA grid pattern, with PageUp and PageDown over eight rows.
import type { AtlasLayout } from './layout.ts';

const PAGE_ROWS = 8;

/** The new cell; null where the key moves nothing. Moves stop at the grid's edges. */
export function movedCell(
  { cells, columns }: Pick<AtlasLayout, 'cells' | 'columns'>,
  index: number,
  key: string,
  control: boolean,
): number | null {
  if (cells === 0) return null;
  const row = Math.floor(index / columns);
  const column = index % columns;
  const lastRow = Math.floor((cells - 1) / columns);
  const inRow = (wanted: number) => Math.min(cells - 1, Math.max(0, Math.min(lastRow, wanted)) * columns + column);
  switch (key) {
    case 'ArrowLeft':
      return column > 0 ? index - 1 : index;
    case 'ArrowRight':
      return column < columns - 1 && index + 1 < cells ? index + 1 : index;
    case 'ArrowUp':
      return row > 0 ? index - columns : index;
    case 'ArrowDown':
      // A short last row ends the column above it.
      return index + columns < cells ? index + columns : index;
    case 'Home':
      return control ? 0 : row * columns;
    case 'End':
      return control ? cells - 1 : Math.min(cells - 1, row * columns + columns - 1);
    case 'PageUp':
      return inRow(row - PAGE_ROWS);
    case 'PageDown': {
      const to = inRow(row + PAGE_ROWS);
      return to % columns === column ? to : Math.max(index, to - columns + column - (to % columns));
    }
    default:
      return null;
  }
}
