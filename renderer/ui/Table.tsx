import type { ReactNode } from 'react';

export interface Column<R> {
  key: string;
  /** With the unit: 'Tiles %'. */
  header: ReactNode;
  /** Right-aligned figures. */
  numeric?: boolean;
  cell: (row: R) => ReactNode;
}

export interface TableProps<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  rowClass?: (row: R) => string | undefined;
}

/** A plain table of some dozens of rows; long ones are the views' own. */
export function Table<R>({ label, columns, rows, rowKey, rowClass }: TableProps<R>) {
  return (
    <table className="tbl" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={column.numeric ? 'num' : undefined}>
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={rowClass?.(row)}>
            {columns.map((column) => (
              <td key={column.key} className={column.numeric ? 'num' : undefined}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
