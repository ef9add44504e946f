// Recall against cost of the head on screen, with the target it should reach.
import { useEffect, useMemo, useRef, useState } from 'react';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { revertLive, setLive } from '../state/config_document.ts';
import { leastBudgets, type SurfaceKind } from '../state/surface_lookup.ts';
import { requestSurface } from '../state/surfaces.ts';
import { Button } from '../ui/Button.tsx';
import { commitShown } from './actions.ts';
import { withBudgets } from './BudgetSection.tsx';
import { candidateRows } from './candidates.ts';
import { type FrontierPoint, surfacePoints, undominated } from './frontier.ts';
import type { HeadNumbers } from './head_numbers.ts';
import { RecallCurve } from './RecallCurve.tsx';
import { Section } from './Section.tsx';
import { TargetField } from './TargetField.tsx';
import type { InspectedHead } from './use_inspected_head.ts';

interface CurveSectionProps {
  inspected: InspectedHead;
  shown: Pattern;
  target: number;
  exactNumbers: (pattern: Pattern) => HeadNumbers | null;
}

export function CurveSection({ inspected, shown, target, exactNumbers }: CurveSectionProps) {
  const { surfaces, numbers, committedNumbers, live, scores, place, info } = inspected;
  const { a_shape, vertical_slash, block_sparse } = surfaces;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box, 312);
  const frontiers = useMemo(() => {
    const found = new Map<SurfaceKind, FrontierPoint[]>();
    for (const { surface } of [a_shape, vertical_slash, block_sparse]) {
      if (surface) found.set(surface.kind, undominated(surfacePoints(surface, leastBudgets(surface))));
    }
    return found;
  }, [a_shape, vertical_slash, block_sparse]);
  const candidates = scores
    ? candidateRows(scores).flatMap(({ applied }) => {
        const at = exactNumbers(applied);
        return at ? [{ pattern: applied, cost: at.executed, recall: at.recall }] : [];
      })
    : [];
  const point = usePoint(numbers);
  const committed = usePoint(live ? committedNumbers : null);
  const failed = shown.kind === 'dense' ? null : surfaces[shown.kind].error;
  return (
    <Section title="Recall and density" aside={<TargetField />}>
      <div ref={box} className="insp-curve">
        {frontiers.size > 0 ? (
          <RecallCurve
            width={width}
            frontiers={frontiers}
            shown={shown}
            point={point}
            committed={committed}
            candidates={candidates}
            target={target}
            uniformFloor={numbers?.nominal ?? null}
            onMove={(budgets) => setLive({ ...place, pattern: withBudgets(shown, budgets) })}
            onCommit={commitShown}
            onRevert={revertLive}
          />
        ) : (
          <p className="insp-curve-empty">
            {failed ??
              (inspected.run.live ? 'The curve appears when this head’s surface is measured.' : 'The engine no longer holds this run.')}
            {failed !== null && (
              <Button
                look="link"
                onClick={() => {
                  if (shown.kind !== 'dense') requestSurface({ runId: info.runId, ...place, kind: shown.kind }).catch(() => {});
                }}
              >
                Try again
              </Button>
            )}
          </p>
        )}
      </div>
    </Section>
  );
}

/** The same object while the numbers are the same, for what is memoised on it. */
function usePoint(numbers: { executed: number; recall: number } | null): { cost: number; recall: number } | null {
  const cost = numbers?.executed ?? null;
  const recall = numbers?.recall ?? null;
  return useMemo(() => (cost === null || recall === null ? null : { cost, recall }), [cost, recall]);
}

function useWidth(box: React.RefObject<HTMLDivElement | null>, otherwise: number): number {
  const [width, setWidth] = useState(otherwise);
  useEffect(() => {
    if (!box.current || typeof ResizeObserver !== 'function') return;
    const observer = new ResizeObserver(([entry]) => {
      const now = Math.floor(entry?.contentRect.width ?? 0);
      if (now > 0) setWidth(now);
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return width;
}
