// What the search found for this head. Hovering shows a candidate's mask, Enter or a click puts it into the config.
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { evaluate, evaluationOf, evaluationsStore } from '../state/evaluations.ts';
import type { HeadPlace } from '../state/focus.ts';
import { showGhost } from '../state/ghost.ts';
import type { Job } from '../state/jobs.ts';
import { notifyError } from '../state/notices.ts';
import { type SearchGround, searchHeads } from '../state/searches.ts';
import { Button } from '../ui/Button.tsx';
import { Icon, PatternGlyph } from '../ui/Icon.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { budgetText, PATTERN_NAMES, patternText } from '../ui/pattern_words.ts';
import { applyCandidate, searchScope } from './actions.ts';
import { type CandidateRow, candidateRows, sameMask } from './candidates.ts';
import type { HeadNumbers } from './head_numbers.ts';
import { percentNumber } from './number_changes.ts';
import { Section } from './Section.tsx';

export interface CandidatesSectionProps {
  runId: string;
  place: HeadPlace;
  committed: Pattern;
  scores: HeadScores | null;
  ground: SearchGround | null;
  cancelSearch: (() => void) | null;
  /** The job that will search this head. */
  job: Job | null;
  /** Exact numbers of a pattern where a surface holds them. */
  numbersOf: (pattern: Pattern) => HeadNumbers | null;
  heads: number;
  layers: number;
  blockedBecause: string | undefined;
}

const ERROR_HEADER = 'Relative L2 error of the head’s output under this pattern, measured when asked';

export function CandidatesSection(props: CandidatesSectionProps) {
  const { runId, place, committed, scores, ground, cancelSearch, job, blockedBecause } = props;
  const rows = scores ? candidateRows(scores) : [];
  useEffect(() => () => showGhost(null), []);
  const searching = cancelSearch !== null;
  const aside = searching ? (
    <Button look="link" onClick={cancelSearch}>
      Cancel search
    </Button>
  ) : (
    <span className="insp-search">
      <Button look="link" disabledBecause={blockedBecause} onClick={() => searchHeads(runId, [place])}>
        {scores ? 'Re-run search' : 'Search'}
      </Button>
      <MenuButton
        label="Search more heads"
        align="end"
        items={[
          {
            id: 'layer',
            label: `Search layer ${place.layer}`,
            note: `${wholeNumber(props.heads)} heads`,
            disabledBecause: blockedBecause,
            run: () => searchScope('layer'),
          },
          {
            id: 'model',
            label: 'Search the whole model',
            note: `${wholeNumber(props.heads * props.layers)} heads`,
            disabledBecause: blockedBecause,
            run: () => searchScope('model'),
          },
        ]}
      >
        <Icon name="chevron-down" />
      </MenuButton>
    </span>
  );
  return (
    <Section
      title="Candidates"
      mark={
        scores && (
          <span className="t3 trunc">
            {ground ? `${scores.candidates.length}, rows ≥ ${wholeNumber(ground.scoredFrom)}` : scores.candidates.length}
          </span>
        )
      }
      aside={aside}
      foldable
      result={scores ? `${scores.candidates.length}, best ${recallText(rows[0]?.score ?? 0)}` : 'not searched'}
    >
      {searching && (
        <div className="insp-search-progress">
          <ProgressBar label="Search" fraction={job && job.total > 0 ? job.done / job.total : null} />
          <span className="t3 sm">
            {job && job.total > 1 ? `${wholeNumber(job.done)} of ${wholeNumber(job.total)} heads` : 'scoring the candidates of this head'}
          </span>
        </div>
      )}
      {!scores && !searching && (
        <p className="t2">Not searched on this run. A search scores six budgets of three patterns, in one pass each.</p>
      )}
      {scores && <CandidateTable {...props} rows={rows} committed={committed} />}
      {ground && ground.skipped.length > 0 && (
        <p className="insp-foot">{`${ground.skipped.length} more did not fit the prompt: ${ground.skipped.map(patternText).join(', ')}.`}</p>
      )}
    </Section>
  );
}

function CandidateTable({
  rows,
  runId,
  place,
  committed,
  numbersOf,
  blockedBecause,
}: CandidatesSectionProps & { rows: readonly CandidateRow[] }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const at = { runId, ...place };
  const errors = useStore(evaluationsStore);
  const askErrors = async () => {
    try {
      for (const row of rows) await evaluate(at, row.applied);
    } catch (thrown) {
      notifyError(thrown, 'Output errors were not measured');
    }
  };
  const keys = (event: KeyboardEvent<HTMLTableRowElement>, row: CandidateRow) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      const all = [...(body.current?.rows ?? [])];
      all[all.indexOf(event.currentTarget) + step]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') applyCandidate(place, row.applied, row.score);
    else if (event.key === 'Escape') showGhost(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const known = rows.every((row) => evaluationOf(errors, at, row.applied)?.result);
  return (
    <table className="tbl insp-cand" aria-label="Candidates of the search">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Pattern</span>
          </th>
          <th scope="col">Budget</th>
          <th scope="col" className="num" title="Recall of the search’s own mask over the scored rows">
            Score
          </th>
          <th scope="col" className="num" title="Over all rows, as deployed">
            Recall
          </th>
          <th scope="col" className="num">
            Tiles %
          </th>
          <th scope="col" className="num" title={ERROR_HEADER}>
            {known || blockedBecause ? (
              'Out. err.'
            ) : (
              <button type="button" className="insp-ask" title={ERROR_HEADER} onClick={askErrors}>
                Out. err.
              </button>
            )}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {rows.map((row, index) => {
          const applied = sameMask(row.applied, committed);
          const exact = numbersOf(row.applied);
          const evaluation = evaluationOf(errors, at, row.applied);
          const recall = exact?.recall ?? evaluation?.result?.recall.mean;
          const tiles = exact?.executed ?? evaluation?.result?.density.executed;
          const show = () => showGhost({ ...place, pattern: row.applied });
          return (
            <tr
              key={patternText(row.scored)}
              className={applied ? 'is-applied' : undefined}
              tabIndex={index === 0 ? 0 : -1}
              aria-label={`${patternText(row.applied)}, score ${recallText(row.score)}${applied ? ', in the config' : ', Enter applies'}`}
              onPointerEnter={show}
              onPointerLeave={() => showGhost(null)}
              onFocus={show}
              onBlur={() => showGhost(null)}
              onClick={() => applyCandidate(place, row.applied, row.score)}
              onKeyDown={(event) => keys(event, row)}
            >
              <td className={applied ? 'c-mask' : 't2'} title={PATTERN_NAMES[row.applied.kind]}>
                <PatternGlyph kind={row.applied.kind} />
              </td>
              <td>
                <span className="insp-cand-budget">
                  {budgetText(row.applied)}
                  {applied && (
                    <span className="c-mask">
                      <Icon name="check" small />
                    </span>
                  )}
                </span>
              </td>
              <td className="num">{recallText(row.score)}</td>
              <td className="num">{recall === undefined ? '—' : recallText(recall)}</td>
              <td className="num">{tiles === undefined ? '—' : percentNumber(tiles)}</td>
              <td className="num">{errorText(evaluation?.status === 'running', evaluation?.result?.output.relL2)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function errorText(running: boolean, error: number | null | undefined): string {
  if (error === null) return 'no v';
  if (error === undefined) return running ? '…' : '—';
  return error === 0 ? '0' : error.toFixed(error < 0.001 ? 4 : 3);
}
