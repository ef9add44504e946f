// The inspector of the config: its numbers together, how it differs from the file, what to look at, where it came from.
import { useStore } from 'zustand';
import { percentNumber } from '../inspector/number_changes.ts';
import { Section } from '../inspector/Section.tsx';
import { configStore, isEdited } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { searchesStore } from '../state/searches.ts';
import { Chip } from '../ui/Chip.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { MetricBlock } from '../ui/MetricBlock.tsx';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { ChangesSection } from './ChangesSection.tsx';
import { ChecksSection } from './ChecksSection.tsx';
import type { ConfigRow } from './config_rows.ts';
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
