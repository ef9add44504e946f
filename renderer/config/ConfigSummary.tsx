// The inspector of the config: its numbers together, how it differs from the file, what to look at, where it came from.
import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { percentNumber } from '../inspector/number_changes.ts';
import { Section } from '../inspector/Section.tsx';
import { configStore, isEdited } from '../state/config_document.ts';
import { focusHead, focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { referenceStore } from '../state/reference.ts';
import { searchesStore } from '../state/searches.ts';
import { Chip } from '../ui/Chip.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Icon, PatternGlyph } from '../ui/Icon.tsx';
import type { IconName } from '../ui/icons.ts';
import { MetricBlock } from '../ui/MetricBlock.tsx';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { PATTERN_NAMES } from '../ui/pattern_words.ts';
import { type Check, type ConfigRow, differenceOf, LOW_RECALL, MOST_TILES, NEAR_UNIFORM } from './config_rows.ts';
import { useConfigRows } from './use_config_rows.ts';

const mean = (values: readonly number[]) => (values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length);

export function ConfigSummary() {
  const rows = useConfigRows();
  const { name, layers, heads } = useStore(configStore);
  const edited = useStore(configStore, isEdited);
  if (layers === 0) return <EmptyState>No config is loaded.</EmptyState>;
  const known = rows.flatMap(({ numbers }) => (numbers ? [numbers] : []));
  const recall = mean(known.map((numbers) => numbers.recall));
  const executed = mean(known.map((numbers) => numbers.executed));
  const nominal = mean(known.map((numbers) => numbers.nominal));
  const worst = Math.min(...known.map((numbers) => numbers.recall));
  const ground = known.length < rows.length ? `${wholeNumber(known.length)} heads` : '';
  return (
    <>
      <section className="insp-sec insp-head" aria-label="Config">
        <div className="insp-head-row">
          <h2 className="trunc">{name || 'Config'}</h2>
          <span className="t3">{`${layers} × ${heads} heads`}</span>
          <span className="grow" />
          {edited && <Chip>unsaved</Chip>}
        </div>
        <MetricBlock
          label="Numbers of the config"
          metrics={[
            {
              label: 'Mean recall',
              value: recall === null ? null : recallText(recall),
              change: recall === null ? 'not measured' : `worst ${recallText(worst)}`,
            },
            { label: 'Missed', value: recall === null ? null : percentNumber(1 - recall), unit: '%', tone: 'miss', change: ground },
            { label: 'Tiles kept', value: executed === null ? null : percentNumber(executed), unit: '%', change: ground },
            { label: 'Nominal', value: nominal === null ? null : percentNumber(nominal), unit: '%', change: ground },
          ]}
        />
      </section>
      <ChangesSection rows={rows} />
      <ChecksSection rows={rows} />
      <NotesSection />
      <ProvenanceSection rows={rows} />
    </>
  );
}

function ChangesSection({ rows }: { rows: readonly ConfigRow[] }) {
  const name = useStore(referenceStore, (reference) => reference.name);
  if (!rows.some(({ reference }) => reference !== null)) return null;
  const { raised, lowered, shifted, kinds } = differenceOf(rows);
  const changed = rows.filter((row) => row.changed).length;
  const lines = [
    { what: 'Budget raised', heads: raised, kind: null },
    { what: 'Budget lowered', heads: lowered, kind: null },
    { what: 'Budget shifted between axes', heads: shifted, kind: null },
    ...kinds.map(({ from, to, heads }) => ({ what: `${PATTERN_NAMES[from]} to ${PATTERN_NAMES[to]}`, heads, kind: to })),
  ].filter(({ heads }) => heads > 0);
  return (
    <Section title="Changes from A" aside={<span className="sm">{`${wholeNumber(changed)} of ${wholeNumber(rows.length)} heads`}</span>}>
      {lines.length === 0 ? (
        <p className="t2">{`Every head is as in ${name}.`}</p>
      ) : (
        <table className="tbl" aria-label="Changes from the file compared against">
          <tbody>
            {lines.map(({ what, heads, kind }) => (
              <tr key={what}>
                <td className="c-mask">
                  <PatternGlyph kind={kind ?? 'vertical_slash'} />
                </td>
                <td>{what}</td>
                <td className="num md">{wholeNumber(heads)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

interface CheckWords {
  icon: IconName;
  tone: string;
  title: string;
  detail: (rows: readonly ConfigRow[]) => ReactNode;
}

function Worst({ rows }: { rows: readonly ConfigRow[] }) {
  const worst = [...rows].sort((a, b) => (a.numbers?.recall ?? 1) - (b.numbers?.recall ?? 1))[0];
  if (!worst) return null;
  return (
    <>
      {'Worst: '}
      <button type="button" className="insp-open" onClick={() => focusHead(worst)}>
        {headName(worst)}
      </button>
      {`, ${recallText(worst.numbers?.recall ?? 0)}.`}
    </>
  );
}

const CHECKS: Readonly<Record<Check, CheckWords>> = {
  stale: { icon: 'clock', tone: 'c-warn', title: 'Stale score', detail: () => 'Budget edited after the last measurement.' },
  'low-recall': {
    icon: 'warning',
    tone: 'c-miss',
    title: `Recall below ${LOW_RECALL.toFixed(2)}`,
    detail: (rows) => <Worst rows={rows} />,
  },
  'near-uniform': {
    icon: 'warning',
    tone: 'c-warn',
    title: 'Near uniform floor',
    detail: () => `Recall within ${NEAR_UNIFORM} of uniform attention at this budget.`,
  },
  'saves-little': {
    icon: 'info',
    tone: 't3',
    title: `Saves less than ${Math.round(100 * (1 - MOST_TILES))} %`,
    detail: (rows) => {
      const tiles = rows.map(({ numbers }) => numbers?.executed ?? 1);
      return `Tiles kept ${percentNumber(Math.min(...tiles), 0)} to ${percentNumber(Math.max(...tiles), 0)} %.`;
    },
  },
  'below-floors': {
    icon: 'info',
    tone: 't3',
    title: 'Below MInference’s floors',
    detail: () => 'Run with 30 columns and 50 diagonals at least.',
  },
};
const CHECK_ORDER: readonly Check[] = ['stale', 'low-recall', 'near-uniform', 'saves-little', 'below-floors'];

function ChecksSection({ rows }: { rows: readonly ConfigRow[] }) {
  const found = CHECK_ORDER.map((check) => ({ check, rows: rows.filter(({ checks }) => checks.includes(check)) })).filter(
    (entry) => entry.rows.length > 0,
  );
  const heads = rows.filter(({ checks }) => checks.length > 0).length;
  return (
    <Section title="Checks" aside={<span className="sm">{`${wholeNumber(heads)} ${heads === 1 ? 'head' : 'heads'}`}</span>}>
      {found.length === 0 && <p className="t2">Nothing needs a look among the heads that are measured.</p>}
      {found.map(({ check, rows: own }) => {
        const { icon, tone, title, detail } = CHECKS[check];
        return (
          <div key={check} className="lint">
            <span className={tone}>
              <Icon name={icon} />
            </span>
            <span className="md">{title}</span>
            <span className="n">{wholeNumber(own.length)}</span>
            <span className="d">{detail(own)}</span>
          </div>
        );
      })}
    </Section>
  );
}

/** What the file itself gives cause to say. */
function NotesSection() {
  const notes = useStore(configStore, (config) => config.notes);
  const fileName = useStore(configStore, (config) => config.fileName);
  if (notes.length === 0) return null;
  return (
    <Section title="Notes on the file" aside={<span className="sm trunc">{fileName}</span>}>
      <ul className="config-notes">
        {notes.map((note) => (
          <li key={note}>{note}</li>
        ))}
      </ul>
    </Section>
  );
}

function ProvenanceSection({ rows }: { rows: readonly ConfigRow[] }) {
  const runId = useStore(focusStore, (focus) => focus.runId);
  const run = useStore(libraryStore, (library) => runOf(library, runId));
  const fileName = useStore(configStore, (config) => config.fileName);
  const ground = useStore(searchesStore, (searches) => (runId === null ? null : (searches.ground[runId] ?? null)));
  const origins = new Map<string, number>();
  for (const { origin } of rows) origins.set(origin, (origins.get(origin) ?? 0) + 1);
  const words: Readonly<Record<string, string>> = { imported: 'imported', searched: 'searched', hand: 'edited', default: 'default' };
  const facts: [string, string][] = [
    ['Model', run?.info.model.name ?? 'no run'],
    ['File', fileName ?? 'not of a file'],
    ['Measured on', run ? `${run.name}, 1 prompt` : '—'],
    ['Rows', run ? `all ${wholeNumber(run.info.rows)}` : '—'],
    ['Objective', 'attention mass kept, exact'],
    ...(ground ? [['Search', `rows ${wholeNumber(ground.scoredFrom)} to ${wholeNumber(ground.rows - 1)}`] satisfies [string, string]] : []),
    ['Origin', [...origins].map(([origin, heads]) => `${wholeNumber(heads)} ${words[origin] ?? origin}`).join(', ')],
  ];
  return (
    <Section title="Provenance">
      <dl className="config-kv">
        {facts.map(([what, value]) => (
          <div key={what} style={{ display: 'contents' }}>
            <dt>{what}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
