// The budgets of the head on screen. Every move writes the live edit; Enter makes it a step, Escape takes it back.
import { ESTIMATOR_DEFAULTS, type Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores, SurfaceResult } from '../../engine/protocol/records.ts';
import { revertLive, setLive } from '../state/config_document.ts';
import type { HeadPlace } from '../state/focus.ts';
import { budgetsOf, leastBudgets, type SurfaceKind } from '../state/surface_lookup.ts';
import { Button } from '../ui/Button.tsx';
import { Chip } from '../ui/Chip.tsx';
import { budgetText, PATTERN_NAMES } from '../ui/pattern_words.ts';
import { Slider } from '../ui/Slider.tsx';
import { commitShown } from './actions.ts';
import { provisionalStops, stopsFromEdges } from './budget_scale.ts';
import { Section } from './Section.tsx';

interface BudgetAxis {
  label: string;
  caption: string;
  least: number;
  most: number;
}

function axesOf(pattern: Pattern, rows: number): BudgetAxis[] {
  switch (pattern.kind) {
    case 'a_shape':
      return [
        { label: 'Sink columns', caption: '', least: 1, most: rows },
        { label: 'Local window', caption: 'diagonal included', least: 1, most: rows },
      ];
    case 'vertical_slash': {
      const sinks = pattern.forcedSinks ?? ESTIMATOR_DEFAULTS.forcedSinks;
      const local = pattern.forcedLocal ?? ESTIMATOR_DEFAULTS.forcedLocal;
      return [
        { label: 'Vertical columns', caption: `${sinks} forced`, least: Math.min(30, sinks, rows), most: rows },
        { label: 'Slash diagonals', caption: `${local} forced`, least: Math.max(1, Math.min(50, local, rows)), most: rows },
      ];
    }
    case 'block_sparse': {
      const size = pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize;
      return [{ label: 'Key blocks per row', caption: `of ${size} tokens`, least: 1, most: Math.ceil(rows / size) }];
    }
    case 'dense':
      return [];
  }
}

/** The same pattern with other budgets, in the order of the axes. */
export function withBudgets(pattern: Pattern, budgets: readonly number[]): Pattern {
  const [first = 0, second = 0] = budgets;
  switch (pattern.kind) {
    case 'a_shape':
      return { ...pattern, sink: first, window: second };
    case 'vertical_slash':
      return { ...pattern, verticals: first, slashes: second };
    case 'block_sparse':
      return { ...pattern, blocks: first };
    case 'dense':
      return pattern;
  }
}

/** Budgets of the searched candidates of a kind, by axis. */
function searchedBudgets(scores: HeadScores | null, kind: SurfaceKind, axis: number): number[] {
  const budgets = (scores?.candidates ?? []).map(({ deployed }) => budgetsOf(deployed, kind)?.[axis]);
  return [...new Set(budgets.filter((budget) => budget !== undefined))];
}

export interface BudgetSectionProps {
  place: HeadPlace;
  rows: number;
  shown: Pattern;
  committed: Pattern;
  live: boolean;
  surface: SurfaceResult | null;
  scores: HeadScores | null;
  /** Why the surface is not there, or what its numbers rest on. */
  ground: string;
}

export function BudgetSection({ place, rows, shown, committed, live, surface, scores, ground }: BudgetSectionProps) {
  const revert = live ? (
    <Button look="link" onClick={revertLive}>
      {`Revert to ${committed.kind === shown.kind ? budgetText(committed) : PATTERN_NAMES[committed.kind]}`}
    </Button>
  ) : (
    ground
  );
  const mark = live && (
    <Chip tone="mask" dot>
      live
    </Chip>
  );
  if (shown.kind === 'dense') {
    return (
      <Section title="Budget" mark={mark} aside={revert}>
        <p className="t2">Dense: every key is kept. Choose a pattern above to give this head a budget.</p>
      </Section>
    );
  }
  const { kind } = shown;
  const budgets = budgetsOf(shown, kind) ?? [];
  const before = budgetsOf(committed, kind);
  return (
    <Section title="Budget" mark={mark} aside={revert}>
      {axesOf(shown, rows).map((axis, at) => {
        const ticks = searchedBudgets(scores, kind, at).filter((tick) => tick >= axis.least && tick <= axis.most);
        const edges = surface?.axes[at]?.edges;
        const least = Math.max(axis.least, surface ? (leastBudgets(surface)[at] ?? 0) : 0);
        return (
          <Slider
            key={axis.label}
            label={axis.label}
            caption={axis.caption}
            stops={edges ? stopsFromEdges(edges, least) : provisionalStops(axis.least, axis.most, ticks)}
            value={Math.min(budgets[at] ?? 0, axis.most)}
            ticks={ticks}
            commitOnRelease={false}
            {...(before?.[at] === undefined ? {} : { committed: Math.min(before[at], axis.most) })}
            onChange={(budget) =>
              setLive({
                ...place,
                pattern: withBudgets(
                  shown,
                  budgets.map((other, axisAt) => (axisAt === at ? budget : other)),
                ),
              })
            }
            onCommit={commitShown}
            onRevert={revertLive}
          />
        );
      })}
    </Section>
  );
}
