// What scaling the budgets of a selection would do, read off the heads' surfaces.
import { useStore } from 'zustand';
import { configStore, type HeadEntry } from '../state/config_document.ts';
import { type HeadPlace, headName } from '../state/focus.ts';
import { startJob } from '../state/jobs.ts';
import { selectionStore } from '../state/selection.ts';
import { requestSurface } from '../state/surfaces.ts';
import { Button } from '../ui/Button.tsx';
import { recallText } from '../ui/numbers.ts';
import type { HeadNumbers } from './head_numbers.ts';
import { changeOf, percentNumber, pointsOf } from './number_changes.ts';

export interface SelectedHead {
  place: HeadPlace;
  entry: HeadEntry;
  now: HeadNumbers | null;
  /** There are numbers of an earlier pattern. */
  stale: boolean;
  /** Under the scaled budget; null where no surface says it. */
  after: HeadNumbers | null;
  scaledPattern: HeadEntry['pattern'];
}

export const mean = (values: readonly number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

interface PredictionProps {
  predicted: readonly SelectedHead[];
  total: number;
  target: number;
  runId: string | null;
  blockedBecause: string | undefined;
}

/** Now and after, exact where every head has a surface; without them, the way to get them. */
export function PredictionTable({ predicted, total, target, runId, blockedBecause }: PredictionProps) {
  const heads = useStore(selectionStore, (selection) => selection.heads);
  const computeSurfaces = () => {
    if (runId === null) return;
    const { entries } = configStore.getState();
    startJob({
      title: `Surfaces, ${total} heads`,
      run: async ({ signal, onProgress }) => {
        let done = 0;
        for (const place of heads) {
          const kind = entries[place.layer]?.[place.head]?.pattern.kind ?? 'dense';
          signal.throwIfAborted();
          if (kind !== 'dense') await requestSurface({ runId, ...place, kind });
          done += 1;
          onProgress({ done, total: heads.length, unit: 'head', note: headName(place) });
        }
      },
    });
  };
  if (predicted.length < total) {
    return (
      <p className="insp-foot">
        {`${predicted.length} of ${total} heads have a surface; the change is predicted from them.`}{' '}
        <Button look="link" small disabledBecause={blockedBecause} onClick={computeSurfaces}>
          {`Compute ${total - predicted.length}`}
        </Button>
      </p>
    );
  }
  const over = (read: (numbers: HeadNumbers) => number) => ({
    now: mean(predicted.map(({ now }) => (now ? read(now) : 0))) ?? 0,
    after: mean(predicted.map(({ after }) => (after ? read(after) : 0))) ?? 0,
  });
  const recall = over((numbers) => numbers.recall);
  const tiles = over((numbers) => numbers.executed);
  const nominal = over((numbers) => numbers.nominal);
  const below = {
    now: predicted.filter(({ now }) => (now?.recall ?? 1) < target).length,
    after: predicted.filter(({ after }) => (after?.recall ?? 1) < target).length,
  };
  const rows = [
    { what: 'Mean recall', now: recallText(recall.now), after: recallText(recall.after), change: changeOf(recall.after, recall.now, 3) },
    {
      what: `Tiles kept, ${total} heads`,
      now: `${percentNumber(tiles.now)} %`,
      after: `${percentNumber(tiles.after)} %`,
      change: pointsOf(tiles.after, tiles.now),
    },
    {
      what: 'Nominal',
      now: `${percentNumber(nominal.now)} %`,
      after: `${percentNumber(nominal.after)} %`,
      change: pointsOf(nominal.after, nominal.now),
    },
    { what: `Heads below ${target.toFixed(2)}`, now: `${below.now}`, after: `${below.after}`, change: changeOf(below.after, below.now, 0) },
  ];
  return (
    <table className="tbl" aria-label="Predicted from the heads' surfaces">
      <thead>
        <tr>
          <th scope="col">Predicted</th>
          <th scope="col" className="num">
            Now
          </th>
          <th scope="col" className="num">
            After
          </th>
          <th scope="col" className="num">
            Change
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ what, now, after, change }) => (
          <tr key={what}>
            <td className="t2">{what}</td>
            <td className="num">{now}</td>
            <td className="num b">{after}</td>
            <td className="num">{change}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
