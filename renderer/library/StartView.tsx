// The first window: one button that works without a GPU, its cost, a place to drop, what was opened before.
import { useStore } from 'zustand';
import type { RecentEntry } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { connectionStore } from '../state/connection.ts';
import { isActive, type Job, jobsStore } from '../state/jobs.ts';
import { libraryStore, refreshLibrary } from '../state/library.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { duration, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { takenWords } from './DropTarget.tsx';
import { openNewRun } from './library_dialogs.ts';
import { chooseFolder, chooseText, TEXT_FILES } from './open_files.ts';
import { examplePrompt, goToRun, openCapture, openConfig, openExample, openRecent, openSavedRun } from './open_run.ts';
import { PatternDrawing } from './PatternDrawing.tsx';
import './library.css';

export function StartView() {
  const status = useStore(connectionStore, (state) => state.status);
  const library = useStore(libraryStore);
  const jobs = useStore(jobsStore, (state) => state.jobs);
  const active = jobs.filter(isActive);
  const opening = active.some(({ title }) => title.startsWith('Prefill'));
  const model = library.models.find(({ bundled }) => bundled);
  const prompt = examplePrompt(library.prompts);
  const ready = status === 'ready';
  const { sharesFiles } = host();
  const noEngine = ready ? undefined : 'The engine is not connected.';
  return (
    <main className="start">
      <div className="start-in">
        <div className="start-hero">
          <PatternDrawing />
          <div>
            <h1>See what each head keeps, and what it loses.</h1>
            <p className="start-lead">
              Open a run to inspect its attention maps and tune sparse patterns per head.
              {model && prompt && (
                <>
                  {' '}
                  The example is {model.name} on {prompt.name}, ≈ {wholeNumber(prompt.tokensHint)} tokens. It runs on the CPU.
                </>
              )}
            </p>
            <div className="start-actions">
              <Button
                look="primary"
                className="start-primary"
                onClick={() => void openExample()}
                disabledBecause={
                  noEngine ?? (model && prompt ? (opening ? 'A run is being made.' : undefined) : 'The example is not installed.')
                }
              >
                Open the example
              </Button>
              <Button onClick={() => openNewRun()} disabledBecause={noEngine}>
                New run
              </Button>
            </div>
          </div>
        </div>
        {library.status === 'failed' && ready && (
          <Banner
            tone="danger"
            title="The library was not read."
            actions={
              <Button small onClick={() => void refreshLibrary().catch(() => {})}>
                Try again
              </Button>
            }
          >
            {library.error}
          </Banner>
        )}
        {status === 'connecting' && (
          <p className="start-job t2" role="status">
            Starting the engine.
          </p>
        )}
        {active.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
        <div className="start-drop">
          <Icon name="import" />
          <div className="grow">
            <div className="start-drop-title">
              Drop {sharesFiles ? 'a run, a model, a pattern config or a prompt' : 'a pattern config or a prompt'}
            </div>
            <div>{takenWords(sharesFiles)}</div>
          </div>
          <Button keys="Mod+O" onClick={() => void chooseText(TEXT_FILES)} disabledBecause={noEngine}>
            Choose file
          </Button>
        </div>
        {sharesFiles && (
          <div className="start-folders">
            <Button small icon="folder" onClick={() => void chooseFolder('model')} disabledBecause={noEngine}>
              Model folder
            </Button>
            <Button small icon="folder" onClick={() => void chooseFolder('run')} disabledBecause={noEngine}>
              Saved run
            </Button>
            <Button small icon="folder" onClick={() => void chooseFolder('capture')} disabledBecause={noEngine}>
              Capture of q, k, v
            </Button>
          </div>
        )}
        <OpenRuns />
        <Recent entries={library.recent} noEngine={noEngine} />
        <Offered noEngine={noEngine} />
        {library.notes.length > 0 && (
          <ul className="start-notes">
            {library.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </div>
    </main>
  );
}

function JobRow({ job }: { job: Job }) {
  const { title, done, total, unit, note, cancel } = job;
  return (
    <div className="start-job">
      <div className="start-job-text">
        <span className="md">{title}</span>
        <span className="t3 grow">{total > 0 ? note || `${unit} ${wholeNumber(done)} of ${wholeNumber(total)}` : 'queued'}</span>
        <Button small onClick={cancel}>
          Cancel
        </Button>
      </div>
      <ProgressBar label={title} fraction={total > 0 ? done / total : null} />
    </div>
  );
}

/** Runs the engine holds already: another window made them. */
function OpenRuns() {
  const runs = useStore(libraryStore, (state) => state.runs);
  if (runs.length === 0) return null;
  return (
    <section aria-labelledby="start-open">
      <h2 id="start-open">Open runs</h2>
      <table className="tbl start-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Model</th>
            <th scope="col" className="num">
              Tokens
            </th>
            <th scope="col" className="num">
              Prefill
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ info, name }) => (
            <tr key={info.runId}>
              <td>
                <Button look="link" onClick={() => goToRun(info.runId)}>
                  {name}
                </Button>
              </td>
              <td className="t2">{info.model.name}</td>
              <td className="num">{wholeNumber(info.rows)}</td>
              <td className="num t2">{info.totalMs === null ? '—' : duration(info.totalMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const KIND_WORDS: Readonly<Record<RecentEntry['kind'], string>> = {
  model: 'Model',
  prompt: 'Prompt',
  run: 'Saved run',
  capture: 'Capture',
  config: 'Config',
};

const DAY_MS = 86_400_000;
function openedText(openedAt: number): string {
  const date = new Date(openedAt);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const today = new Date().setHours(0, 0, 0, 0);
  if (openedAt >= today) return `today ${time}`;
  if (openedAt >= today - DAY_MS) return `yesterday ${time}`;
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

function Recent({ entries, noEngine }: { entries: readonly RecentEntry[]; noEngine: string | undefined }) {
  return (
    <section aria-labelledby="start-recent">
      <h2 id="start-recent">Recent</h2>
      {entries.length === 0 ? (
        <p className="t3">Nothing was opened yet.</p>
      ) : (
        <table className="tbl start-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Kind</th>
              <th scope="col">Place</th>
              <th scope="col" className="num">
                Opened
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <tr key={`${entry.kind} ${entry.place}`}>
                <td>
                  <Button look="link" onClick={() => void openRecent(entry)} disabledBecause={noEngine}>
                    {entry.name}
                  </Button>
                </td>
                <td className="t2">{KIND_WORDS[entry.kind]}</td>
                <td className="t3 start-place" title={entry.place}>
                  {entry.place}
                </td>
                <td className="num t2">{openedText(entry.openedAt)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** What the host's own folders hold. */
function Offered({ noEngine }: { noEngine: string | undefined }) {
  const saved = useStore(libraryStore, (state) => state.saved);
  const captures = useStore(libraryStore, (state) => state.captures);
  const configs = useStore(libraryStore, (state) => state.configs);
  const models = useStore(libraryStore, (state) => state.models);
  const rows = [
    ...models
      .filter(({ bundled }) => !bundled)
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
  if (rows.length === 0) return null;
  return (
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
}
