import { useStore } from 'zustand';
import { configStore } from '../state/config_document.ts';
import { focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import type { ConfigRow } from './config_rows.ts';
import { ExportPreview } from './ExportPreview.tsx';
import { exportConfig, exportDifference, exportTable, lossSentences, minferenceLosses } from './export_config.ts';
import { useShownEntries } from './use_config_rows.ts';

/** What can be written, and what each format changes or drops, before it is written. */
export function ExportMenu({ rows }: { rows: readonly ConfigRow[] }) {
  const entries = useShownEntries();
  const live = useStore(configStore, (config) => config.live);
  const runId = useStore(focusStore, (focus) => focus.runId);
  const losses = minferenceLosses(entries);
  const run = useStore(libraryStore, (library) => runOf(library, runId));
  const noRun = run === null ? 'open a run of the model first' : undefined;
  const changed = rows.filter((row) => row.changed).length;
  const stale = rows.filter((row) => row.checks.includes('stale')).length;
  const refused = losses.otherBlocks > 0 ? lossSentences({ ...losses, dense: 0, estimators: 0, unscored: 0 })[0] : undefined;
  const measured = rows.filter(({ numbers, pattern }) => numbers !== null && pattern.kind !== 'dense').length;
  const liveNote = live ? ` The edit of ${headName(live)} under way is written, and kept as a step.` : '';
  const staleNote =
    stale > 0 ? ` ${wholeNumber(stale)} stale ${stale === 1 ? 'number is' : 'numbers are'} left out; re-measure first to write them.` : '';
  return (
    <MenuButton
      label="Export"
      className="btn btn--primary"
      align="end"
      items={[
        {
          id: 'minference',
          icon: 'file',
          label: <span className="config-item">MInference JSON</span>,
          note: (
            <>
              {`[type, v, s, score] per query head. Origins and measured numbers are dropped. ${lossSentences(losses).join(' ')}${liveNote}`}
              {run && refused === undefined && <ExportPreview to="minference" run={run} />}
            </>
          ),
          disabledBecause: noRun ?? refused,
          run: () => void exportConfig('minference'),
        },
        {
          id: 'headscope',
          icon: 'file',
          label: <span className="config-item">Headscope JSON</span>,
          note: (
            <>
              {`All patterns with origin, score, prompt and model hash; recall and tiles of ${wholeNumber(measured)} measured heads.${staleNote}${liveNote}`}
              {run && <ExportPreview to="headscope" run={run} />}
            </>
          ),
          disabledBecause: noRun,
          run: () => void exportConfig('headscope'),
        },
        {
          id: 'csv',
          icon: 'table',
          label: <span className="config-item">Table as CSV</span>,
          note: `${wholeNumber(rows.length)} rows`,
          separated: true,
          run: () => void exportTable(rows),
        },
        {
          id: 'difference',
          icon: 'export',
          label: <span className="config-item">Difference only, as JSON</span>,
          note: `${wholeNumber(changed)} heads`,
          disabledBecause: changed === 0 ? 'no head differs from a file compared against' : undefined,
          run: () => void exportDifference(rows),
        },
      ]}
    >
      <Icon name="export" />
      Export
      <Icon name="chevron-down" />
    </MenuButton>
  );
}
