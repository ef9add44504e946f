// The rail's runs and configs.
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { configStore, isEdited } from '../state/config_document.ts';
import { focusStore, showArea } from '../state/focus.ts';
import { type KnownRun, libraryStore } from '../state/library.ts';
import { measurementsStore, unmeasuredHeads } from '../state/measurements.ts';
import { type KeptDocument, openKept, runDocumentsStore } from '../state/run_documents.ts';
import { IconButton } from '../ui/Button.tsx';
import { StaleBadge } from '../ui/Chip.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { BookmarksSection } from './BookmarksSection.tsx';
import { askToDelete, whyNotDeleted } from './delete_run.ts';
import { openNewRun, refuse, showLibraryDialog } from './library_dialogs.ts';
import { CONFIG_FILES, chooseText } from './open_files.ts';
import { goToRun, openConfig, saveRun } from './open_run.ts';
import './library_rail.css';

export function RunsSection() {
  const runs = useStore(libraryStore, (state) => state.runs);
  const current = useStore(focusStore, (state) => state.runId);
  return (
    <section aria-label="Runs">
      <div className="lib-rail-head">
        <h2>Runs</h2>
        <IconButton icon="plus" label="New run" onClick={() => openNewRun()} />
      </div>
      {runs.length === 0 && <p className="lib-none">No run is open.</p>}
      <ul>
        {runs.map((run) => (
          <RunRow key={run.info.runId} run={run} current={run.info.runId === current} />
        ))}
      </ul>
    </section>
  );
}

function RunRow({ run, current }: { run: KnownRun; current: boolean }) {
  const { runId, rows } = run.info;
  const saved = run.source?.method === 'run.open' ? run.source.params.path : null;
  return (
    <li className={current ? 'lib-row is-current' : 'lib-row'}>
      <button type="button" className="lib-row-main" aria-current={current || undefined} onClick={() => goToRun(runId)} title={run.name}>
        <Icon name="run" />
        <span className="trunc grow">{run.name}</span>
        {run.live ? <span className="lib-meta">{wholeNumber(rows)}</span> : <StaleBadge>lost</StaleBadge>}
      </button>
      <MenuButton
        label={`Actions of ${run.name}`}
        align="end"
        items={[
          { id: 'rename', label: 'Rename', run: () => showLibraryDialog({ kind: 'rename', runId }) },
          {
            id: 'save',
            label: 'Save to a folder',
            icon: 'export',
            run: () => void saveRun(runId),
            disabledBecause: host().sharesFiles
              ? run.live
                ? undefined
                : 'The engine no longer holds it.'
              : 'A browser tab cannot name a folder.',
          },
          ...(saved !== null && whyNotDeleted() === undefined
            ? [{ id: 'delete', label: 'Delete from disk', icon: 'trash' as const, run: () => void askToDelete(saved, run.name) }]
            : []),
          { id: 'close', label: 'Close', icon: 'close', separated: true, run: () => showLibraryDialog({ kind: 'close', runId }) },
        ]}
      >
        <Icon name="more" />
      </MenuButton>
    </li>
  );
}

function takeKept({ id, name }: KeptDocument): void {
  try {
    openKept(id);
  } catch (thrown) {
    refuse('Config not opened', name, thrown);
  }
}

export function ConfigsSection() {
  const name = useStore(configStore, (state) => state.name);
  const layers = useStore(configStore, (state) => state.layers);
  const edited = useStore(configStore, isEdited);
  const configs = useStore(libraryStore, (state) => state.configs);
  const kept = useStore(runDocumentsStore, (state) => state.kept);
  const runId = useStore(focusStore, (state) => state.runId);
  const entries = useStore(configStore, (state) => state.entries);
  const unmeasured = useStore(measurementsStore, (state) =>
    runId !== null && !state.running[runId] && entries.length > 0 ? unmeasuredHeads(runId).length : 0,
  );
  return (
    <section aria-label="Configs">
      <div className="lib-rail-head">
        <h2>Configs</h2>
        <IconButton icon="import" label="Open a config" onClick={() => void chooseText(CONFIG_FILES)} />
      </div>
      {layers === 0 && configs.length + kept.length === 0 && <p className="lib-none">No config is open.</p>}
      <ul>
        {layers > 0 && (
          <li className="lib-row is-current">
            <button type="button" className="lib-row-main" aria-current onClick={() => showArea('config')} title={name}>
              <Icon name="file" />
              <span className="trunc grow">{name || 'unnamed'}</span>
              {unmeasured > 0 ? <StaleBadge>{wholeNumber(unmeasured)}</StaleBadge> : edited && <span className="lib-meta">edited</span>}
            </button>
          </li>
        )}
        {kept.map((document) => (
          <li key={document.id} className="lib-row">
            <button
              type="button"
              className="lib-row-main"
              onClick={() => takeKept(document)}
              title={`${document.name}: edited, not exported. ${document.left ? 'The page it was edited in is gone.' : 'Its run was closed.'}`}
            >
              <Icon name="file" />
              <span className="trunc grow">{document.name}</span>
              <span className="lib-meta">not exported</span>
            </button>
            <IconButton
              icon="close"
              label={`Drop ${document.name}`}
              onClick={() => showLibraryDialog({ kind: 'drop-kept', id: document.id })}
            />
          </li>
        ))}
        {configs.map((config) => (
          <li key={config.id} className="lib-row">
            <button
              type="button"
              className="lib-row-main"
              onClick={() => void openConfig(config.text, config.name, config.id)}
              title={config.path ?? config.name}
            >
              <Icon name="file" />
              <span className="trunc grow">{config.name}</span>
              {config.bundled && <span className="lib-meta">bundled</span>}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** All sections, for the rail. */
export function LibraryRail() {
  return (
    <>
      <RunsSection />
      <ConfigsSection />
      <BookmarksSection />
    </>
  );
}
