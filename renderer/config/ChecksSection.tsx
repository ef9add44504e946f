// What in the config is worth a look, with the thresholds that say so. A count selects its heads.
import type { ReactNode } from 'react';
import { percentNumber } from '../inspector/number_changes.ts';
import { Section } from '../inspector/Section.tsx';
import { focusHead, headName } from '../state/focus.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import type { IconName } from '../ui/icons.ts';
import { headCount, recallText, wholeNumber } from '../ui/numbers.ts';
import { selectRows } from './ChangesSection.tsx';
import type { Check, ConfigRow } from './config_rows.ts';
import { ThresholdField } from './ThresholdField.tsx';

interface CheckWords {
  icon: IconName;
  tone: string;
  title: ReactNode;
  /** Of what it finds, for the button that selects it. */
  name: string;
  /** Stands there without heads too: its threshold can be edited. */
  always: boolean;
  detail: (rows: readonly ConfigRow[]) => ReactNode;
}

const asIs = { shown: (fraction: number) => fraction.toFixed(2), read: (value: number) => value };
/** A saving in percent of the tiles, kept as the share of tiles that is too many. */
const saving = { shown: (tiles: number) => `${Math.round(100 * (1 - tiles))}`, read: (percent: number) => 1 - percent / 100 };

const CHECKS: Readonly<Record<Check, CheckWords>> = {
  stale: {
    icon: 'clock',
    tone: 'c-warn',
    title: 'Stale score',
    name: 'stale',
    always: false,
    detail: () => 'Budget edited after the last measurement.',
  },
  'low-recall': {
    icon: 'warning',
    tone: 'c-miss',
    title: (
      <>
        Recall below <ThresholdField name="lowRecall" label="Recall that is low" {...asIs} />
      </>
    ),
    name: 'of low recall',
    always: true,
    detail: (rows) => <Worst rows={rows} />,
  },
  'near-uniform': {
    icon: 'warning',
    tone: 'c-warn',
    title: (
      <>
        Within <ThresholdField name="nearUniform" label="Recall near uniform attention" {...asIs} /> of uniform
      </>
    ),
    name: 'near uniform',
    always: true,
    detail: () => 'Recall that uniform attention would reach at this budget.',
  },
  'saves-little': {
    icon: 'info',
    tone: 't3',
    title: (
      <>
        Saves less than <ThresholdField name="mostTiles" label="Least saving of tiles, percent" {...saving} /> %
      </>
    ),
    name: 'that save little',
    always: true,
    detail: (rows) => {
      if (rows.length === 0) return 'Of causal 64×64 tiles.';
      const tiles = rows.map(({ numbers }) => numbers?.executed ?? 1);
      return `Tiles kept ${percentNumber(Math.min(...tiles), 0)} to ${percentNumber(Math.max(...tiles), 0)} %.`;
    },
  },
  'below-floors': {
    icon: 'info',
    tone: 't3',
    title: 'Below MInference’s floors',
    name: 'below the floors',
    always: false,
    detail: () => 'Run with 30 columns and 50 diagonals at least.',
  },
};
const CHECK_ORDER: readonly Check[] = ['stale', 'low-recall', 'near-uniform', 'saves-little', 'below-floors'];

export function ChecksSection({ rows }: { rows: readonly ConfigRow[] }) {
  const found = CHECK_ORDER.map((check) => ({ check, rows: rows.filter(({ checks }) => checks.includes(check)) })).filter(
    (entry) => entry.rows.length > 0 || CHECKS[entry.check].always,
  );
  const heads = rows.filter(({ checks }) => checks.length > 0).length;
  const measured = rows.filter(({ numbers }) => numbers !== null).length;
  return (
    <Section title="Checks" aside={<span className="sm">{headCount(heads)}</span>}>
      {found.map(({ check, rows: own }) => {
        const { icon, tone, title, name, detail } = CHECKS[check];
        return (
          <div key={check} className="lint">
            <span className={own.length > 0 ? tone : 't3'}>
              <Icon name={own.length > 0 ? icon : 'check'} />
            </span>
            <span className="md config-limits">{title}</span>
            {own.length > 0 ? (
              <Button look="link" className="n" aria-label={`Select ${wholeNumber(own.length)} ${name}`} onClick={() => selectRows(own)}>
                {wholeNumber(own.length)}
              </Button>
            ) : (
              <span className="n t3">0</span>
            )}
            <span className="d">{detail(own)}</span>
          </div>
        );
      })}
      {measured < rows.length && (
        <p className="insp-foot">{`Recall and tiles are checked of the ${wholeNumber(measured)} heads that are measured.`}</p>
      )}
    </Section>
  );
}

function Worst({ rows }: { rows: readonly ConfigRow[] }) {
  const worst = [...rows].sort((a, b) => (a.numbers?.recall ?? 1) - (b.numbers?.recall ?? 1))[0];
  if (!worst) return 'Of the attention’s mass, over all rows.';
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
