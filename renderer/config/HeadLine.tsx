// A head's line in the config's table.
import { memo } from 'react';
import { percentNumber } from '../inspector/number_changes.ts';
import { focusHead, headName } from '../state/focus.ts';
import { toggleHead } from '../state/selection.ts';
import { Chip, StaleBadge } from '../ui/Chip.tsx';
import { PatternGlyph } from '../ui/Icon.tsx';
import { recallText } from '../ui/numbers.ts';
import { budgetText, ORIGIN_WORDS, PATTERN_NAMES } from '../ui/pattern_words.ts';
import type { ConfigRow } from './config_rows.ts';

interface HeadLineProps {
  id: string;
  row: ConfigRow;
  compared: boolean;
  shownMissed: boolean;
  narrow: boolean;
  target: number;
  focused: boolean;
  chosen: boolean;
  onChoose: (row: ConfigRow) => void;
}

/** One head; drawn again only where something of it changed. */
export const HeadLine = memo(function HeadLine({
  id,
  row,
  compared,
  shownMissed,
  narrow,
  target,
  focused,
  chosen,
  onChoose,
}: HeadLineProps) {
  const { pattern, reference, numbers } = row;
  const name = headName(row);
  const loud = numbers !== null && numbers.recall < target;
  return (
    <tr
      id={id}
      className={focused ? 'is-head is-focus' : 'is-head'}
      aria-selected={chosen}
      onClick={() => onChoose(row)}
      onDoubleClick={() => focusHead(row, { open: true })}
    >
      <td>
        {/* biome-ignore lint/a11y/useSemanticElements: a native box cannot take the look */}
        <button
          type="button"
          className="config-check"
          role="checkbox"
          aria-checked={chosen}
          aria-label={`Select ${name}`}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            toggleHead({ layer: row.layer, head: row.head });
          }}
        >
          <i />
        </button>
      </td>
      <td className="md">{name}</td>
      <td>
        <span className="config-pattern">
          <span className={pattern.kind === 'vertical_slash' ? 't3' : 'c-mask'}>
            <PatternGlyph kind={pattern.kind} />
          </span>
          {PATTERN_NAMES[pattern.kind]}
        </span>
      </td>
      {compared && (
        <td className="num t3">
          {reference && reference.kind !== pattern.kind && (
            <span className="config-other">
              <PatternGlyph kind={reference.kind} label={PATTERN_NAMES[reference.kind]} />
            </span>
          )}
          {reference && budgetText(reference)}
        </td>
      )}
      <td className={row.changed ? 'num b' : 'num'}>{budgetText(pattern)}</td>
      <td className="num">
        {numbers ? (
          <span className={!shownMissed && loud ? 'md c-miss' : 'md'}>{recallText(numbers.recall)}</span>
        ) : (
          <span className="t3" title={row.stale ? 'Measured for an earlier budget only' : undefined}>
            —
          </span>
        )}
      </td>
      {shownMissed && (
        <td className={loud ? 'num c-miss' : 'num'}>{numbers ? percentNumber(numbers.missed) : <span className="t3">—</span>}</td>
      )}
      <td className="num">{numbers ? percentNumber(numbers.executed) : <span className="t3">—</span>}</td>
      {!narrow && <td className="num">{numbers ? percentNumber(numbers.nominal) : <span className="t3">—</span>}</td>}
      <td>
        <Marks row={row} />
      </td>
    </tr>
  );
});

/** The one thing about the row that needs action; where nothing does, where its pattern came from. */
function Marks({ row }: { row: ConfigRow }) {
  const { checks } = row;
  if (checks.includes('stale')) return <StaleBadge />;
  if (checks.includes('low-recall')) return <Chip tone="miss">low recall</Chip>;
  if (checks.includes('near-uniform')) return <Chip tone="warn">near uniform</Chip>;
  if (checks.includes('saves-little')) return <Chip tone="warn">saves little</Chip>;
  if (checks.includes('below-floors')) return <Chip tone="warn">below floors</Chip>;
  return <span className="t2">{ORIGIN_WORDS[row.origin]}</span>;
}
