// The library's dialogs, mounted once beside the shell.
import { type FormEvent, useState } from 'react';
import { useStore } from 'zustand';
import { type KnownRun, libraryStore, renameRun, runOf } from '../state/library.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { closeLibraryDialog, libraryDialogStore, type Refusal } from './library_dialogs.ts';
import { NewRunDialog } from './NewRunDialog.tsx';
import { closeRun } from './open_run.ts';
import './library.css';

export function LibraryDialogs() {
  const dialog = useStore(libraryDialogStore, (state) => state.dialog);
  const run = useStore(libraryStore, (state) => (dialog && 'runId' in dialog ? runOf(state, dialog.runId) : null));
  if (dialog?.kind === 'new-run') return <NewRunDialog draft={dialog} />;
  if (dialog?.kind === 'refused') return <RefusedDialog refusal={dialog.refusal} />;
  if (dialog?.kind === 'rename' && run) return <RenameDialog key={run.info.runId} run={run} />;
  if (dialog?.kind === 'close' && run) return <CloseDialog run={run} />;
  return null;
}

function RefusedDialog({ refusal }: { refusal: Refusal }) {
  const { title, fileName, message, table } = refusal;
  return (
    <Dialog
      title={title}
      icon="warning"
      tone="danger"
      onClose={closeLibraryDialog}
      actions={<Button onClick={closeLibraryDialog}>Close</Button>}
    >
      <p className="mono lib-file">{fileName}</p>
      {table.length > 0 && (
        <table className="tbl lib-shape">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Shape</span>
              </th>
              <th scope="col" className="num">
                This run
              </th>
              <th scope="col" className="num">
                File
              </th>
            </tr>
          </thead>
          <tbody>
            {table.map(({ label, run, file, wrong }) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td className="num">{run}</td>
                <td className={wrong ? 'num b c-danger' : 'num'}>{file}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="t2 lib-sentence">{message}</p>
      {!message.includes('not changed') && <p className="t3 lib-sentence">What was open is unchanged.</p>}
    </Dialog>
  );
}

function RenameDialog({ run }: { run: KnownRun }) {
  const [name, setName] = useState(run.name);
  const rename = (event: FormEvent) => {
    event.preventDefault();
    renameRun(run.info.runId, name);
    closeLibraryDialog();
  };
  return (
    <Dialog title="Rename run" onClose={closeLibraryDialog}>
      <form onSubmit={rename}>
        <input
          className="field"
          aria-label="Name of the run"
          data-autofocus
          maxLength={200}
          value={name}
          onChange={({ target }) => setName(target.value)}
          onFocus={({ target }) => target.select()}
        />
        <div className="acts">
          <Button look="ghost" onClick={closeLibraryDialog}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabledBecause={name.trim() === '' ? 'A run needs a name.' : undefined}>
            Rename run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function CloseDialog({ run }: { run: KnownRun }) {
  const { totalMs, rows } = run.info;
  const again = run.source?.method === 'run.prefill' && totalMs !== null ? ` Making it again takes ${(totalMs / 1000).toFixed(1)} s.` : '';
  return (
    <Dialog
      title={`Close ${run.name}`}
      onClose={closeLibraryDialog}
      actions={
        <>
          <Button look="ghost" onClick={closeLibraryDialog}>
            Keep open
          </Button>
          <Button
            look="primary"
            onClick={() => {
              closeLibraryDialog();
              void closeRun(run.info.runId);
            }}
          >
            Close run
          </Button>
        </>
      }
    >
      <p className="t2">
        The engine gives back the memory of {wholeNumber(rows)} tokens. The config and its edits stay.{again}
      </p>
    </Dialog>
  );
}
