// What was opened before, on the start screen: runs with their picture, everything else below.
import type { RecentEntry } from '../host/bridge.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import type { IconName } from '../ui/icons.ts';
import { aboutDuration, wholeNumber } from '../ui/numbers.ts';
import { askToDelete, whyNotDeleted } from './delete_run.ts';
import { openNewRun } from './library_dialogs.ts';
import { openRecent } from './open_run.ts';
import { forgetRecent } from './recents.ts';

const KIND_WORDS: Readonly<Record<RecentEntry['kind'], string>> = {
  prefill: 'Run',
  model: 'Model',
  prompt: 'Prompt',
  run: 'Saved run',
  capture: 'Capture',
  config: 'Config',
};
const KIND_ICONS: Readonly<Record<RecentEntry['kind'], IconName>> = {
  prefill: 'run',
  model: 'chip',
  prompt: 'file',
  run: 'run',
  capture: 'run',
  config: 'file',
};

const DAY_MS = 86_400_000;
export function openedText(openedAt: number, now = Date.now()): string {
  const date = new Date(openedAt);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const today = new Date(now).setHours(0, 0, 0, 0);
  if (openedAt >= today) return `today ${time}`;
  if (openedAt >= today - DAY_MS) return `yesterday ${time}`;
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
}

/** What opening it does and costs. */
function costText({ kind, run }: RecentEntry): string {
  if (kind === 'prefill') {
    if (run?.prompt === null) return 'Asks for the text';
    return run?.totalMs == null ? 'Runs again' : `Runs again, ${aboutDuration(run.totalMs)}`;
  }
  return KIND_WORDS[kind];
}

function Picture({ entry: { kind, run } }: { entry: RecentEntry }) {
  if (!run?.thumbnail) {
    return (
      <span className="start-thumb is-none">
        <Icon name={KIND_ICONS[kind]} />
      </span>
    );
  }
  const mask = `url("${run.thumbnail}")`;
  return (
    <span className="start-thumb" aria-hidden="true">
      <i style={{ maskImage: mask, WebkitMaskImage: mask }} />
    </span>
  );
}

function Row({ entry, noEngine }: { entry: RecentEntry; noEngine: string | undefined }) {
  const { kind, name, place, run, openedAt } = entry;
  return (
    <tr>
      <td className="start-pic">
        <Picture entry={entry} />
      </td>
      <td>
        <Button look="link" onClick={() => void openRecent(entry)} disabledBecause={noEngine}>
          {name}
        </Button>
      </td>
      <td className="t2 trunc">{run?.model ?? '—'}</td>
      <td className="num">{run ? wholeNumber(run.rows) : '—'}</td>
      <td className="t2">{costText(entry)}</td>
      <td className="num t2">{openedText(openedAt)}</td>
      <td className="start-drop-recent">
        {kind === 'run' && whyNotDeleted() === undefined && (
          <IconButton
            icon="trash"
            label={`Delete ${name} from disk`}
            disabledBecause={noEngine}
            onClick={() => void askToDelete(place, name)}
          />
        )}
        <IconButton icon="close" label={`Take ${name} off the list`} onClick={() => void forgetRecent(entry)} />
      </td>
    </tr>
  );
}

export function Recent({ entries, noEngine }: { entries: readonly RecentEntry[]; noEngine: string | undefined }) {
  return (
    <section aria-labelledby="start-recent">
      <div className="start-head">
        <h2 id="start-recent">Recent</h2>
        <Button look="link" onClick={() => openNewRun()} disabledBecause={noEngine}>
          New run
        </Button>
      </div>
      {entries.length === 0 ? (
        <p className="t3">Nothing was opened yet.</p>
      ) : (
        <table className="tbl start-table start-recent">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Picture</span>
              </th>
              <th scope="col">Name</th>
              <th scope="col">Model</th>
              <th scope="col" className="num">
                Tokens
              </th>
              <th scope="col">Opening</th>
              <th scope="col" className="num">
                Opened
              </th>
              <th scope="col">
                <span className="visually-hidden">Take off</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map((entry) => (
              <Row key={`${entry.kind} ${entry.place} ${entry.name}`} entry={entry} noEngine={noEngine} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
