// Something the user gave was not taken: what it was, what is wrong with it, cell by cell where that is known, and that nothing changed.
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { closeLibraryDialog, type Refusal } from './library_dialogs.ts';
import './library_dialogs.css';

function FiguresTable({ rows, columns: [here, given] }: { rows: Refusal['table']; columns: Refusal['columns'] }) {
  return (
    <table className="tbl lib-shape">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Figure</span>
          </th>
          <th scope="col" className="num">
            {here}
          </th>
          <th scope="col" className="num">
            {given}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ label, here: own, given: other, wrong }) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td className="num">{own}</td>
            <td className={wrong ? 'num b c-danger' : 'num'}>
              {other}
              {wrong && <span className="visually-hidden"> differs</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CellTable({ cells, more }: { cells: Refusal['cells']; more: number }) {
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="lib-cells" tabIndex={0} aria-label="Heads that cannot be read">
        <table className="tbl lib-shape">
          <thead>
            <tr>
              <th scope="col">Head</th>
              <th scope="col">File</th>
            </tr>
          </thead>
          <tbody>
            {cells.map(({ head, problem }) => (
              <tr key={`${head} ${problem}`}>
                <th scope="row">{head}</th>
                <td className="c-danger">{problem}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {more > 0 && <p className="t3 lib-sentence">{wholeNumber(more)} more cannot be read.</p>}
    </>
  );
}

export function RefusedDialog({ refusal }: { refusal: Refusal }) {
  const { title, fileName, message, table, columns, cells, moreCells, tried } = refusal;
  const unchanged = title.startsWith('Config') ? 'Your config was not changed.' : 'What was open is unchanged.';
  return (
    <Dialog
      title={title}
      icon="warning"
      tone="danger"
      onClose={closeLibraryDialog}
      actions={
        <Button onClick={closeLibraryDialog} data-autofocus>
          Close
        </Button>
      }
    >
      {fileName !== '' && <p className="mono lib-file">{fileName}</p>}
      {table.length > 0 && <FiguresTable rows={table} columns={columns} />}
      {cells.length > 0 && <CellTable cells={cells} more={moreCells} />}
      {tried.length > 0 ? (
        <dl className="lib-tried">
          {tried.map(({ as, message: said }) => (
            <div key={as}>
              <dt>{as}</dt>
              <dd>{said}</dd>
            </div>
          ))}
        </dl>
      ) : (
        cells.length === 0 && <p className="t2 lib-sentence">{message}</p>
      )}
      {!message.includes('not changed') && <p className="t3 lib-sentence">{unchanged}</p>}
    </Dialog>
  );
}
