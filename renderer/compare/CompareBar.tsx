// What is compared, how often it is run, and what leaves as a file.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import { baselines, type ComparisonSetup, comparisonSetupStore, DENSE, REPEATS } from '../state/comparison_setup.ts';
import type { ComparisonEntry } from '../state/comparisons.ts';
import { startComparison } from '../state/comparisons.ts';
import { configStore } from '../state/config_document.ts';
import { type KnownRun, libraryStore } from '../state/library.ts';
import { referenceStore } from '../state/reference.ts';
import { runDocumentsStore } from '../state/run_documents.ts';
import { Button } from '../ui/Button.tsx';
import { StaleBadge } from '../ui/Chip.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { Segmented } from '../ui/Segmented.tsx';
import { Select } from '../ui/Select.tsx';
import { saveComparison } from './comparison_export.ts';

export interface CompareBarProps {
  run: KnownRun;
  entry: ComparisonEntry | null;
  stale: boolean;
  blocked: string | undefined;
}

export function CompareBar({ run, entry, stale, blocked }: CompareBarProps) {
  const { baseline, repeats } = useStore(comparisonSetupStore);
  const name = useStore(configStore, (config) => config.name);
  const { layers, heads } = run.info;
  const choices = useBaselines(layers, heads);
  const running = entry?.status === 'running';
  const result = entry?.result ?? null;
  const chosen = choices.find(({ id }) => id === baseline) ?? choices[0];
  const otherSetup =
    result !== null && (result.repeats !== repeats || (entry?.baseline?.name ?? 'dense') !== (chosen?.name ?? 'dense')) && !running;
  return (
    <div className="toolbar">
      <span className="cmp-badge is-a">A</span>
      <Select
        label="Compared with"
        boxed
        value={chosen?.id ?? DENSE}
        options={choices.map(({ id, name: text, from }) => ({ value: id, text, note: from }))}
        onChange={(id) => setUp({ baseline: id })}
      />
      <span className="cmp-badge">B</span>
      <span className="b trunc cmp-name" title={name}>
        {name || 'unnamed'}
      </span>
      <span className="cmp-runs">
        <span className="t3">Runs</span>
        <Segmented
          label="Runs of each side"
          value={`${repeats}`}
          options={REPEATS.map((count) => ({ value: `${count}`, label: count, name: count === 1 ? 'one run' : `median of ${count} runs` }))}
          onChange={(count) => setUp({ repeats: Number(count) })}
        />
      </span>
      <span className="grow" />
      {stale && <StaleBadge>config changed since</StaleBadge>}
      {result && !running && (
        <Button
          look={stale || otherSetup ? 'primary' : 'secondary'}
          icon="play"
          onClick={() => startComparison(run.info.runId)}
          disabledBecause={blocked}
        >
          Run again
        </Button>
      )}
      {entry && result && (
        <MenuButton
          label="Export comparison"
          className="btn"
          align="end"
          items={[
            {
              id: 'json',
              icon: 'file',
              label: <span className="cmp-item">Comparison as JSON</span>,
              note: 'Times, tiles, drift, tokens, and both configs.',
              run: () => void saveComparison('json', { ...entry, result }, run),
            },
            {
              id: 'csv',
              icon: 'table',
              label: <span className="cmp-item">Layers as CSV</span>,
              note: `${result.layers.length} rows`,
              run: () => void saveComparison('csv', { ...entry, result }, run),
            },
          ]}
        >
          <Icon name="export" />
          <span className="cmp-wide">Export</span>
          <Icon name="chevron-down" />
        </MenuButton>
      )}
    </div>
  );
}

const setUp = (part: Partial<ComparisonSetup>) => comparisonSetupStore.setState(part);

/** The sides there are now; asked again when a store they come from changes. */
function useBaselines(layers: number, heads: number) {
  const reference = useStore(referenceStore);
  const configs = useStore(libraryStore, (library) => library.configs);
  const kept = useStore(runDocumentsStore, (documents) => documents.kept);
  // biome-ignore lint/correctness/useExhaustiveDependencies: baselines() reads these stores
  return useMemo(() => baselines({ layers, heads }), [layers, heads, reference, configs, kept]);
}
