// The library's dialogs, mounted once beside the shell.
import { type FormEvent, useState } from 'react';
import { useStore } from 'zustand';
import { renameBookmark } from '../state/bookmarks.ts';
import { isActive, jobsStore } from '../state/jobs.ts';
import { type KnownRun, libraryStore, renameRun, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { forgetKept, hasUnsavedEdits, runDocumentsStore } from '../state/run_documents.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { aboutDuration, wholeNumber } from '../ui/numbers.ts';
import { DeleteRunDialog } from './DeleteRunDialog.tsx';
import { closeLibraryDialog, libraryDialogStore } from './library_dialogs.ts';
import { NewRunDialog } from './NewRunDialog.tsx';
import { closeRun } from './open_run.ts';
import { RefusedDialog } from './RefusedDialog.tsx';
import './library_dialogs.css';

export function LibraryDialogs() {
  const dialog = useStore(libraryDialogStore, (state) => state.dialog);
  const run = useStore(libraryStore, (state) => (dialog && 'runId' in dialog ? runOf(state, dialog.runId) : null));
  if (dialog?.kind === 'new-run') return <NewRunDialog draft={dialog} />;
  if (dialog?.kind === 'refused') return <RefusedDialog refusal={dialog.refusal} />;
  const { runId } = run?.info ?? {};
  if (dialog?.kind === 'rename' && run && runId)
    return <RenameDialog key={runId} what="run" now={run.name} onRename={(name) => renameRun(runId, name)} />;
  if (dialog?.kind === 'rename-bookmark') {
    const { id } = dialog;
    const bookmark = preferencesStore.getState().bookmarks.find((other) => other.id === id);
    if (bookmark) return <RenameDialog key={id} what="bookmark" now={bookmark.name} onRename={(name) => renameBookmark(id, name)} />;
  }
  if (dialog?.kind === 'close' && run) return <CloseDialog run={run} />;
  if (dialog?.kind === 'delete-run') return <DeleteRunDialog place={dialog.place} name={dialog.name} folder={dialog.folder} />;
  if (dialog?.kind === 'drop-kept') return <DropKeptDialog id={dialog.id} />;
  return null;
}

interface RenameProps {
  /** 'run', 'bookmark' */
  what: string;
  now: string;
  onRename: (name: string) => void;
}

function RenameDialog({ what, now, onRename }: RenameProps) {
  const [name, setName] = useState(now);
  const rename = (event: FormEvent) => {
    event.preventDefault();
    onRename(name);
    closeLibraryDialog();
  };
  return (
    <Dialog title={`Rename ${what}`} onClose={closeLibraryDialog}>
      <form onSubmit={rename}>
        <input
          className="field"
          aria-label={`Name of the ${what}`}
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
          <Button look="primary" type="submit" disabledBecause={name.trim() === '' ? `A ${what} needs a name.` : undefined}>
            Rename {what}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function CloseDialog({ run }: { run: KnownRun }) {
  const { totalMs, rows, runId } = run.info;
  const running = useStore(jobsStore, (state) => state.jobs.filter((job) => job.runId === runId && isActive(job)).length);
  const last = useStore(libraryStore, (state) => state.runs.length === 1);
  const again = run.source?.method === 'run.prefill' && totalMs !== null ? ` Making it again takes ${aboutDuration(totalMs)}.` : '';
  const edits = !hasUnsavedEdits(runId)
    ? ''
    : last
      ? 'The config and its edits stay on screen.'
      : 'Its config has edits that were not exported; it stays in the library’s list of configs.';
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
              void closeRun(runId);
            }}
          >
            Close run
          </Button>
        </>
      }
    >
      <p className="t2">
        The engine gives back the memory of {wholeNumber(rows)} tokens.{again}
      </p>
      {running > 0 && (
        <p className="t2 lib-sentence">
          {running === 1 ? 'A job of it is running and is cancelled.' : `${running} jobs of it are running and are cancelled.`}
        </p>
      )}
      {edits !== '' && <p className="t2 lib-sentence">{edits}</p>}
    </Dialog>
  );
}

function DropKeptDialog({ id }: { id: number }) {
  const kept = useStore(runDocumentsStore, (state) => state.kept.find((document) => document.id === id));
  if (!kept) return null;
  const drop = () => {
    closeLibraryDialog();
    forgetKept(id);
  };
  return (
    <Dialog
      title={`Drop ${kept.name}`}
      onClose={closeLibraryDialog}
      actions={
        <>
          <Button look="ghost" onClick={closeLibraryDialog}>
            Keep config
          </Button>
          <Button look="primary" onClick={drop}>
            Drop config
          </Button>
        </>
      }
    >
      <p className="t2">Its edits were not exported. Dropping it cannot be taken back.</p>
    </Dialog>
  );
}
