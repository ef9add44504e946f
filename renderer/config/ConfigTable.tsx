// All heads of the config, one line each; only the lines in sight are drawn. The grid has the focus, its active row is walked with the
// arrows: Enter opens the head's map, Space selects, Home and End jump.
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { percentNumber } from '../inspector/number_changes.ts';
import { useNarrow } from '../inspector/Section.tsx';
import { focusHead, focusStore, type HeadPlace } from '../state/focus.ts';
import { showGhost } from '../state/ghost.ts';
import { clearSelection, isSelected, selectHeads, selectionStore, toggleHead } from '../state/selection.ts';
import { Icon } from '../ui/Icon.tsx';
import { headCount, wholeNumber } from '../ui/numbers.ts';
import type { ConfigRow, RowOrder, SortKey, TableLine } from './config_rows.ts';
import { HeadLine } from './HeadLine.tsx';

const LINE_HEIGHT = 25;
const HEADER_HEIGHT = 28;
/** Lines drawn above and below the sight. */
const SKIRT = 8;

export interface ConfigTableProps {
  lines: readonly TableLine[];
  /** Of all rows before filtering. */
  total: number;
  compared: boolean;
  target: number;
  order: RowOrder;
  folded: ReadonlySet<number>;
  onOrder: (order: RowOrder) => void;
  onFold: (layer: number) => void;
}

const REFERENCE_HEADER = 'A: budget';
/** What every column gives up so that a comparison fits beside the inspector of a narrow window. */
const NARROWER = 6;
/** Below this missed mass gives way: it is what recall lacks, and says less than what needs a look. */
const ROOM_FOR_MISSED = 720;
/** Widths in CSS pixels; null shares what is left. */
const HEADER: readonly { key: SortKey | null; text: string; numeric: boolean; width: number | null }[] = [
  { key: 'head', text: 'Head', numeric: false, width: 76 },
  { key: 'pattern', text: 'Pattern', numeric: false, width: 122 },
  { key: null, text: REFERENCE_HEADER, numeric: true, width: 124 },
  { key: 'budget', text: 'B: budget', numeric: true, width: 118 },
  { key: 'recall', text: 'Recall', numeric: true, width: 68 },
  { key: 'missed', text: 'Missed %', numeric: true, width: 78 },
  { key: 'tiles', text: 'Tiles %', numeric: true, width: 68 },
  { key: 'nominal', text: 'Nominal %', numeric: true, width: 84 },
  { key: 'origin', text: 'Origin, checks', numeric: false, width: null },
];

const sightOf = ({ scrollTop: top, clientHeight: height, clientWidth: width }: HTMLElement) => ({ top, height, width });

export function ConfigTable({ lines, total, compared, target, order, folded, onOrder, onFold }: ConfigTableProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ top: 0, height: 600, width: 840 });
  const focus = useStore(focusStore, ({ layer, head }) => `${layer}/${head}`);
  const selected = useStore(selectionStore, (selection) => selection.heads);
  const active = useMemo(
    () => lines.findIndex((line) => line.kind === 'head' && `${line.row.layer}/${line.row.head}` === focus),
    [lines, focus],
  );

  useEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver !== 'function') return;
    const observer = new ResizeObserver(() => setSight(sightOf(element)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // The head chosen elsewhere comes into sight; choosing by hand does not move the table under the pointer.
  useEffect(() => {
    const element = box.current;
    if (!element || active < 0) return;
    const top = active * LINE_HEIGHT;
    const room = element.clientHeight - HEADER_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (room > 0 && top + LINE_HEIGHT > element.scrollTop + room) element.scrollTop = top + LINE_HEIGHT - room;
  }, [active]);
  useEffect(() => () => showGhost(null), []);

  const go = (row: ConfigRow) => {
    focusHead({ layer: row.layer, head: row.head });
    showGhost(row.changed && row.reference ? { layer: row.layer, head: row.head, pattern: row.reference } : null);
  };
  const keys = (event: KeyboardEvent) => {
    const heads = lines.flatMap((line) => (line.kind === 'head' ? [line.row] : []));
    const at = heads.findIndex(({ layer, head }) => `${layer}/${head}` === focus);
    const page = Math.max(1, Math.floor(sight.height / LINE_HEIGHT) - 2);
    const steps: Record<string, number> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -heads.length,
      End: heads.length,
    };
    const by = steps[event.key];
    const current = heads[at];
    if (by !== undefined) {
      const next = heads[Math.min(heads.length - 1, Math.max(0, (at < 0 ? -1 : at) + by))];
      if (next) go(next);
    } else if (event.key === 'Enter' && current) focusHead(current, { open: true });
    else if (event.key === ' ' && current) toggleHead({ layer: current.layer, head: current.head });
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const first = Math.max(0, Math.floor(sight.top / LINE_HEIGHT) - SKIRT);
  const last = Math.min(lines.length, Math.ceil((sight.top + sight.height) / LINE_HEIGHT) + SKIRT);
  const narrow = useNarrow();
  const shownMissed = !(narrow && compared) && sight.width >= ROOM_FOR_MISSED;
  const cells = HEADER.filter(
    ({ key, text }) => (compared || text !== REFERENCE_HEADER) && !(narrow && key === 'nominal') && (shownMissed || key !== 'missed'),
  );
  return (
    <div ref={box} className="config-scroll" onScroll={(event) => setSight(sightOf(event.currentTarget))}>
      <table
        className={compared ? 'config-table is-compared' : 'config-table'}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is walked with the arrows and its rows are chosen
        role="grid"
        aria-label="Heads of the config"
        aria-rowcount={total + 1}
        aria-multiselectable="true"
        aria-activedescendant={active >= first && active < last ? `${id}-${focus}` : undefined}
        tabIndex={0}
        onKeyDown={keys}
      >
        <colgroup>
          <col className="config-col-check" />
          {cells.map(({ text, width }) => (
            <col key={text} style={width === null ? undefined : { width: narrow && compared ? width - NARROWER : width }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <SelectAll lines={lines} selected={selected} />
            </th>
            {cells.map(({ key, text, numeric }) => (
              <HeaderCell
                key={text}
                label={compared || key !== 'budget' ? text : 'Budget'}
                sortKey={key}
                numeric={numeric}
                order={order}
                onOrder={onOrder}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          <Spacer lines={first} columns={cells.length + 1} />
          {lines.slice(first, last).map((line) => {
            if (line.kind === 'layer') {
              return (
                <LayerLine
                  key={`layer ${line.layer}`}
                  line={line}
                  open={!folded.has(line.layer)}
                  compared={compared}
                  shownMissed={shownMissed}
                  narrow={narrow}
                  onFold={onFold}
                />
              );
            }
            const key = `${line.row.layer}/${line.row.head}`;
            return (
              <HeadLine
                key={key}
                id={`${id}-${key}`}
                row={line.row}
                compared={compared}
                shownMissed={shownMissed}
                narrow={narrow}
                target={target}
                focused={key === focus}
                chosen={isSelected(selected, line.row)}
                onChoose={go}
              />
            );
          })}
          <Spacer lines={lines.length - last} columns={cells.length + 1} />
        </tbody>
      </table>
    </div>
  );
}

/** Selects the heads that the filter leaves, folded layers not counted; once all of them are, none. */
function SelectAll({ lines, selected }: { lines: readonly TableLine[]; selected: readonly HeadPlace[] }) {
  const shown = lines.flatMap((line) => (line.kind === 'head' ? [{ layer: line.row.layer, head: line.row.head }] : []));
  const keys = new Set(selected.map(({ layer, head }) => `${layer}/${head}`));
  const chosen = shown.filter(({ layer, head }) => keys.has(`${layer}/${head}`)).length;
  const all = shown.length > 0 && chosen === shown.length;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native box cannot take the look
    <button
      type="button"
      className="config-check"
      role="checkbox"
      aria-checked={all ? true : chosen > 0 ? 'mixed' : false}
      aria-label={`Select the ${wholeNumber(shown.length)} heads shown`}
      onClick={() => (all ? clearSelection() : selectHeads(shown))}
    >
      <i />
    </button>
  );
}

/** Holds the place of lines that are not drawn. */
function Spacer({ lines, columns }: { lines: number; columns: number }) {
  if (lines <= 0) return null;
  return (
    <tr className="is-spacer">
      <td colSpan={columns} style={{ height: lines * LINE_HEIGHT }} />
    </tr>
  );
}

interface HeaderCellProps {
  label: string;
  sortKey: SortKey | null;
  numeric: boolean;
  order: RowOrder;
  onOrder: (order: RowOrder) => void;
}

function HeaderCell({ label, sortKey, numeric, order, onOrder }: HeaderCellProps) {
  const on = sortKey !== null && order.key === sortKey;
  return (
    <th scope="col" className={numeric ? 'num' : undefined} aria-sort={on ? (order.ascending ? 'ascending' : 'descending') : undefined}>
      {sortKey === null ? (
        label
      ) : (
        <button
          type="button"
          className="config-sort"
          data-on={on || undefined}
          onClick={() => onOrder({ key: sortKey, ascending: on ? !order.ascending : !numeric || sortKey === 'recall' })}
        >
          {label}
          {on && <Icon name={order.ascending ? 'chevron-up' : 'chevron-down'} small />}
        </button>
      )}
    </th>
  );
}

interface LayerLineProps {
  line: Extract<TableLine, { kind: 'layer' }>;
  open: boolean;
  compared: boolean;
  shownMissed: boolean;
  narrow: boolean;
  onFold: (layer: number) => void;
}

function LayerLine({ line, open, compared, shownMissed, narrow, onFold }: LayerLineProps) {
  return (
    <tr className="is-layer">
      <td>
        <button
          type="button"
          className="config-fold"
          aria-expanded={open}
          aria-label={`Layer ${line.layer}`}
          tabIndex={-1}
          onClick={() => onFold(line.layer)}
        >
          <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        </button>
      </td>
      <td>{`Layer ${line.layer}`}</td>
      <td className="t3">{compared ? (line.changed === 0 ? 'as in A' : `${line.changed} changed`) : headCount(line.heads)}</td>
      <td colSpan={(compared ? 3 : 2) + (shownMissed ? 1 : 0)} />
      <td className="num t3">{line.executed === null ? '' : percentNumber(line.executed)}</td>
      <td colSpan={narrow ? 1 : 2} />
    </tr>
  );
}
