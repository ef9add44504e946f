// What deleting a saved run takes, before it is taken.
import { useStore } from 'zustand';
import { libraryStore } from '../state/library.ts';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { byteCount, wholeNumber } from '../ui/numbers.ts';
import { deleteRun, type RunFolder, sizeOf } from './delete_run.ts';
import { closeLibraryDialog } from './library_dialogs.ts';

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });

export function DeleteRunDialog({ place, name, folder }: { place: string; name: string; folder: RunFolder }) {
  const { path, model, rows, created, files } = folder;
  const open = useStore(libraryStore, ({ runs }) =>
    runs.some(({ source }) => source?.method === 'run.open' && (source.params.path === place || source.params.path === path)),
  );
  return (
    <Dialog
      title={`Delete ${name} from disk`}
      icon="warning"
      tone="danger"
      onClose={closeLibraryDialog}
      actions={
        <>
          <Button look="ghost" data-autofocus onClick={closeLibraryDialog}>
            Keep run
          </Button>
          <Button
            look="primary"
            onClick={() => {
              closeLibraryDialog();
              void deleteRun(place, name);
            }}
          >
            Delete {byteCount(sizeOf(folder))}
          </Button>
        </>
      }
    >
      <p className="mono lib-file">{path}</p>
      <p className="t2">
        {wholeNumber(rows)} tokens on {model}, saved {day.format(new Date(created))}.
      </p>
      <dl className="lib-places">
        {files.map(({ name: file, bytes }) => (
          <div key={file}>
            <dt>{file}</dt>
            <dd>{byteCount(bytes)}</dd>
          </div>
        ))}
      </dl>
      <p className="t2 lib-sentence">
        The folder and these files are deleted, nothing else. This cannot be taken back.
        {open ? ' The run stays open here; once closed it has to be made anew.' : ''}
      </p>
    </Dialog>
  );
}
