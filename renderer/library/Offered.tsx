// What the host's own folders hold, on the start screen.
import { useStore } from 'zustand';
import type { LibraryModel } from '../../engine/protocol/library.ts';
import { libraryStore } from '../state/library.ts';
import { Button } from '../ui/Button.tsx';
import { byteCount, wholeNumber } from '../ui/numbers.ts';
import { openNewRun } from './library_dialogs.ts';
import { openCapture, openConfig, openSavedRun } from './open_run.ts';

export function Offered({ noEngine }: { noEngine: string | undefined }) {
  const saved = useStore(libraryStore, (state) => state.saved);
  const captures = useStore(libraryStore, (state) => state.captures);
  const configs = useStore(libraryStore, (state) => state.configs);
  const models = useStore(libraryStore, (state) => state.models);
  const rows = [
    ...models
      .filter(({ bundled, hub }) => !bundled && !hub)
      .map(({ id, name }) => ({ id, name, kind: 'Model', detail: '', open: () => openNewRun({ model: id, modelName: name }) })),
    ...saved.map(({ id, name, model, rows: tokens }) => ({
      id,
      name,
      kind: 'Saved run',
      detail: `${model}, ${wholeNumber(tokens)} tokens`,
      open: () => void openSavedRun(id, name),
    })),
    ...captures.map(({ id, name }) => ({ id, name, kind: 'Capture', detail: '', open: () => void openCapture(id, name) })),
    ...configs.map(({ id, name, text }) => ({ id, name, kind: 'Config', detail: '', open: () => void openConfig(text, name, id) })),
  ];
  const cached = models.filter(({ hub }) => hub);
  const folders = rows.length > 0 && (
    <section aria-labelledby="start-offered">
      <h2 id="start-offered">On this host</h2>
      <table className="tbl start-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Kind</th>
            <th scope="col">Holds</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, name, kind, detail, open }) => (
            <tr key={`${kind} ${id}`}>
              <td>
                <Button look="link" onClick={open} disabledBecause={noEngine}>
                  {name}
                </Button>
              </td>
              <td className="t2">{kind}</td>
              <td className="t2">{detail || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
  return (
    <>
      {folders}
      {cached.length > 0 && <CachedModels models={cached} noEngine={noEngine} />}
    </>
  );
}

/** What the tools of the Hugging Face hub have downloaded; what this engine does not run says why. */
function CachedModels({ models, noEngine }: { models: readonly LibraryModel[]; noEngine: string | undefined }) {
  return (
    <section aria-labelledby="start-cached">
      <h2 id="start-cached">Hugging Face cache</h2>
      <table className="tbl start-table">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" className="num">
              Size
            </th>
            <th scope="col">Opening</th>
          </tr>
        </thead>
        <tbody>
          {models.map(({ id, name, hub }) => (
            <tr key={id}>
              <td>
                <Button
                  look="link"
                  onClick={() => openNewRun({ model: id, modelName: name })}
                  disabledBecause={noEngine ?? hub?.problem ?? undefined}
                >
                  {name}
                </Button>
              </td>
              <td className="num">{byteCount(hub?.bytes ?? 0)}</td>
              <td className="t2 start-why" title={hub?.problem ?? undefined}>
                {hub?.problem ?? 'Asks for a prompt'}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
