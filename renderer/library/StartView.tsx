// The first window: one button that works without a GPU, its cost, a place to drop, what was opened before.
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { connectionStore } from '../state/connection.ts';
import { isActive, type Job, jobsStore, removeJob, resumeJob } from '../state/jobs.ts';
import { libraryStore, refreshLibrary } from '../state/library.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { duration, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { takenWords } from './DropTarget.tsx';
import { Offered } from './Offered.tsx';
import { chooseFolder, chooseText, TEXT_FILES } from './open_files.ts';
import { examplePrompt, goToRun, openExample } from './open_run.ts';
import { PatternDrawing } from './PatternDrawing.tsx';
import { Recent } from './Recent.tsx';
import { useExampleCost } from './use_example_cost.ts';
import './start.css';

export function StartView() {
  const status = useStore(connectionStore, (state) => state.status);
  const library = useStore(libraryStore);
  const jobs = useStore(jobsStore, (state) => state.jobs);
  const active = jobs.filter(isActive);
  const opening = active.some(({ title }) => title.startsWith('Prefill'));
  const model = library.models.find(({ bundled }) => bundled);
  const prompt = examplePrompt(library.prompts);
  const cost = useExampleCost(model?.id, prompt?.name);
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
                  The example is {model.name} on {prompt.name},{' '}
                  {cost.tokens === null ? `≈ ${wholeNumber(prompt.tokensHint)}` : wholeNumber(cost.tokens)} tokens. It runs on the CPU.
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
              <span className="t3">{cost.text}</span>
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
        {jobs
          .filter(({ state }) => state !== 'done')
          .map((job) => (
            <JobRow key={job.id} job={job} noEngine={noEngine} />
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

/** A job that runs, or that ended early and says how to go on. */
function JobRow({ job, noEngine }: { job: Job; noEngine: string | undefined }) {
  const { title, done, total, unit, note, state, error, resume, cancel, id } = job;
  const active = isActive(job);
  const progress = total > 0 ? note || `${unit} ${wholeNumber(done)} of ${wholeNumber(total)}` : 'queued';
  const ended = error?.message ?? (state === 'stopped' ? 'stopped, the engine was lost' : state);
  return (
    <div className="start-job">
      <div className="start-job-text">
        <span className="md">{title}</span>
        <span className={state === 'failed' ? 'c-danger grow' : 't3 grow'}>{active ? progress : ended}</span>
        {active ? (
          <Button small onClick={cancel}>
            Cancel
          </Button>
        ) : (
          <>
            {resume && (
              <Button small onClick={() => resumeJob(job)} disabledBecause={noEngine}>
                {resume.label}
              </Button>
            )}
            <Button small look="ghost" onClick={() => removeJob(id)}>
              Remove
            </Button>
          </>
        )}
      </div>
      <ProgressBar label={title} fraction={total > 0 ? done / total : null} look={active ? 'running' : 'idle'} />
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
