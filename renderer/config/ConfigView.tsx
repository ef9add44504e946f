// The config as a document: every head in a table, against the file it came from, with what needs a look and what export will write.
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { commitLive, configStore, isEdited, redo, undo } from '../state/config_document.ts';
import { focusStore, headName } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { measurementsStore } from '../state/measurements.ts';
import { measureHeads } from '../state/measuring.ts';
import { preferencesStore } from '../state/preferences.ts';
import { clearReference, referenceStore } from '../state/reference.ts';
import { selectionStore } from '../state/selection.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button, IconButton } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { Segmented } from '../ui/Segmented.tsx';
import { Select, type SelectOption } from '../ui/Select.tsx';
import './config.css';
import { ConfigTable } from './ConfigTable.tsx';
import { compareWith, compareWithFile, importFile } from './compare_with.ts';
import { type ConfigRow, filteredRows, type RowFilter, type RowOrder, sortedRows, tableLines } from './config_rows.ts';
import { ExportMenu } from './ExportMenu.tsx';
import { useConfigRows } from './use_config_rows.ts';

export function ConfigView() {
  const rows = useConfigRows();
  const loaded = useStore(configStore, (config) => config.entries.length > 0);
  if (!loaded) {
    return (
      <div className="config">
        <EmptyState
          action={
            <Button icon="import" onClick={importFile}>
              Import config
            </Button>
          }
        >
          No config is loaded. A run starts one of its own; a MInference or Headscope file opens here.
        </EmptyState>
      </div>
    );
  }
  return <LoadedConfig rows={rows} />;
}

function LoadedConfig({ rows }: { rows: readonly ConfigRow[] }) {
  const [filter, setFilter] = useState<RowFilter>('all');
  const [text, setText] = useState('');
  const [order, setOrder] = useState<RowOrder>({ key: 'head', ascending: true });
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const selected = useStore(selectionStore, (selection) => selection.heads.length);
  const compared = rows.some(({ reference }) => reference !== null);
  const changed = useMemo(() => rows.filter((row) => row.changed).length, [rows]);
  const checks = useMemo(() => rows.filter((row) => row.checks.length > 0).length, [rows]);
  const shownFilter = filter === 'changed' && !compared ? 'all' : filter;
  const lines = useMemo(
    () => tableLines(sortedRows(filteredRows(rows, shownFilter, text.trim()), order), order.key === 'head', folded),
    [rows, shownFilter, text, order, folded],
  );
  const options: { value: RowFilter; label: string }[] = [
    { value: 'all', label: `All ${wholeNumber(rows.length)}` },
    ...(compared ? [{ value: 'changed' as const, label: `Changed ${wholeNumber(changed)}` }] : []),
    { value: 'checks', label: `Checks ${wholeNumber(checks)}` },
  ];
  return (
    <div className="config">
      <DocumentBar rows={rows} />
      <MeasureBanner rows={rows} />
      <div className="toolbar">
        <Segmented label="Rows" options={options} value={shownFilter} onChange={setFilter} />
        <span className="grow" />
        {selected > 0 && <span className="t3">{`${wholeNumber(selected)} selected`}</span>}
        <input
          className="field config-filter"
          type="search"
          placeholder="Filter: L3, H5, a-shape"
          aria-label="Filter rows by head, pattern, origin or check"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.stopPropagation()}
        />
      </div>
      {lines.length > 0 ? (
        <ConfigTable
          lines={lines}
          total={rows.length}
          compared={compared}
          target={target}
          order={order}
          folded={folded}
          onOrder={setOrder}
          onFold={(layer) =>
            setFolded(folded.has(layer) ? new Set([...folded].filter((other) => other !== layer)) : new Set([...folded, layer]))
          }
        />
      ) : (
        <EmptyState
          action={
            <Button
              onClick={() => {
                setFilter('all');
                setText('');
              }}
            >
              {`Show all ${wholeNumber(rows.length)} heads`}
            </Button>
          }
        >
          {text.trim() === '' ? emptyReason(shownFilter) : `No head matches “${text.trim()}”.`}
        </EmptyState>
      )}
    </div>
  );
}

const emptyReason = (filter: RowFilter) =>
  filter === 'changed' ? 'No head differs from the file compared against.' : 'No head needs a look.';

const NO_REFERENCE = 'none';
const OPEN_FILE = 'file';

function DocumentBar({ rows }: { rows: readonly ConfigRow[] }) {
  const name = useStore(configStore, (config) => config.name);
  const live = useStore(configStore, (config) => config.live);
  const past = useStore(configStore, (config) => config.past);
  const future = useStore(configStore, (config) => config.future);
  const edited = useStore(configStore, isEdited);
  const reference = useStore(referenceStore, (state) => state.name);
  const configs = useStore(libraryStore, (library) => library.configs);
  const options: SelectOption<string>[] = [
    { value: NO_REFERENCE, text: 'nothing', label: 'Nothing' },
    ...(reference !== null && !configs.some((config) => config.name === reference) ? [{ value: reference, text: reference }] : []),
    ...configs.map((config) => ({ value: config.name, text: config.name })),
    { value: OPEN_FILE, text: 'open a file', label: 'Open a file…' },
  ];
  const choose = (value: string) => {
    if (value === NO_REFERENCE) clearReference();
    else if (value === OPEN_FILE) void compareWithFile();
    else {
      const config = configs.find((each) => each.name === value);
      if (config) void compareWith(config.text, config.name);
    }
  };
  const last = past[past.length - 1];
  const next = future[future.length - 1];
  return (
    <div className="toolbar">
      <span className="config-name">
        <span className="config-badge is-b">B</span>
        <span className="b trunc">{name}</span>
        {edited && <span className="t3">{live ? `${headName(live)} being edited` : 'edited'}</span>}
      </span>
      <span className="t3">against</span>
      <Select label="Compared against" boxed options={options} value={reference ?? NO_REFERENCE} onChange={choose} />
      <span className="grow" />
      <IconButton
        icon="undo"
        label={live ? 'Undo: the edit under way' : last ? `Undo: ${last.label}` : 'Undo'}
        keys="Mod+Z"
        disabledBecause={live || last ? undefined : 'nothing to undo'}
        onClick={undo}
      />
      <IconButton
        icon="redo"
        label={next ? `Redo: ${next.label}` : 'Redo'}
        keys="Mod+Shift+Z"
        disabledBecause={next ? undefined : 'nothing to redo'}
        onClick={redo}
      />
      <Button icon="import" onClick={importFile}>
        Import
      </Button>
      <ExportMenu rows={rows} />
    </div>
  );
}

/** Heads without a number of their own on this run, and the way to get one. */
function MeasureBanner({ rows }: { rows: readonly ConfigRow[] }) {
  const runId = useStore(focusStore, (focus) => focus.runId);
  const run = useStore(libraryStore, (library) => runOf(library, runId));
  const running = useStore(measurementsStore, (state) => (runId === null ? false : (state.running[runId] ?? false)));
  const job = useStore(
    jobsStore,
    ({ jobs }) => jobs.find(({ title, endedAt }) => endedAt === null && title.startsWith('Measure ')) ?? null,
  );
  const missing = rows.filter(({ numbers, layer }) => numbers === null && (run?.info.layersPresent.includes(layer) ?? false));
  if (!run || missing.length === 0) return null;
  const stale = missing.filter((row) => row.stale).length;
  const count = wholeNumber(missing.length);
  const heads = missing.length === 1 ? 'head' : 'heads';
  const why =
    stale === missing.length
      ? 'The budget was edited after the last measurement.'
      : 'Scores of a file are not shown as recall: they are of other prompts.';
  const action = running ? (
    <>
      <span className="t3 sm">{job && job.total > 0 ? `${wholeNumber(job.done)} of ${wholeNumber(job.total)}` : 'measuring'}</span>
      {job && (
        <Button small onClick={job.cancel}>
          Cancel
        </Button>
      )}
    </>
  ) : (
    <Button
      small
      disabledBecause={run.live ? undefined : 'the engine no longer holds this run'}
      onClick={() => {
        commitLive();
        measureHeads(run.info.runId, missing);
      }}
    >
      {`${stale > 0 ? 'Re-measure' : 'Measure'} ${count} ${heads}`}
    </Button>
  );
  return (
    <Banner
      tone="warn"
      title={stale === missing.length ? `${count} ${heads} stale.` : `${count} ${heads} not measured on this run.`}
      actions={action}
    >
      <span className="t2">{why}</span>
    </Banner>
  );
}

export default ConfigView;
