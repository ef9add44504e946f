// Patterns to choose from for this head, in groups by how they were found. Hovering shows a candidate's mask, Enter or a click puts it
// into the config, E measures its output error and time.
import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { evaluateTimed, evaluationOf, evaluationsStore } from '../state/evaluations.ts';
import { type HeadPlace, headName } from '../state/focus.ts';
import { showGhost } from '../state/ghost.ts';
import { startJob } from '../state/jobs.ts';
import { notifyError } from '../state/notices.ts';
import { samePattern } from '../state/pattern_identity.ts';
import { Icon, PatternGlyph } from '../ui/Icon.tsx';
import { recallText } from '../ui/numbers.ts';
import { budgetText, PATTERN_NAMES, patternText } from '../ui/pattern_words.ts';
import { applyCandidate } from './actions.ts';
import type { HeadNumbers } from './head_numbers.ts';
import { percentNumber } from './number_changes.ts';

export interface Candidate {
  pattern: Pattern;
  /** What goes into the document with it. */
  score: number | null;
  how: string;
  /** 'score 0.998', where a search scored another mask than the pattern. */
  note: string;
}

export interface CandidateGroup {
  title: string;
  /** Beside the title. */
  aside: ReactNode;
  candidates: readonly Candidate[];
  /** Instead of rows where there are none. */
  empty: ReactNode;
}

export interface CandidateTableProps {
  runId: string;
  place: HeadPlace;
  committed: Pattern;
  groups: readonly CandidateGroup[];
  /** Exact numbers of a pattern where a surface holds them. */
  numbersOf: (pattern: Pattern) => HeadNumbers | null;
  blockedBecause: string | undefined;
}

const ERROR_HEADER = 'Relative L2 error of the head’s output under this pattern: measured when asked (E)';
const TIME_HEADER = 'Estimate, index and attention of this head, median of up to 5 calls on this machine: measured when asked (E)';

export function CandidateTable({ runId, place, committed, groups, numbersOf, blockedBecause }: CandidateTableProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  const at = { runId, ...place };
  const evaluations = useStore(evaluationsStore);
  useEffect(() => () => showGhost(null), []);
  const patterns = groups.flatMap(({ candidates }) => candidates.map(({ pattern }) => pattern));
  const unasked = patterns.filter((pattern) => pattern.kind !== 'dense' && !evaluationOf(evaluations, at, pattern)?.result);

  const measure = (asked: readonly Pattern[]) => {
    if (blockedBecause !== undefined || asked.length === 0) return;
    startJob({
      title: `Output error, ${headName(place)}, ${asked.length} ${asked.length === 1 ? 'pattern' : 'patterns'}`,
      run: async ({ signal, onProgress }) => {
        for (const [done, pattern] of asked.entries()) {
          onProgress({ done, total: asked.length, unit: 'pattern', note: patternText(pattern) });
          await evaluateTimed(at, pattern, signal);
        }
      },
    }).result.catch((thrown: unknown) => {
      if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'CANCELLED'))
        notifyError(thrown, 'Output errors were not measured');
    });
  };
  const apply = ({ pattern, score, how }: Candidate) => applyCandidate(place, pattern, score, how);
  const keys = (event: KeyboardEvent<HTMLTableRowElement>, candidate: Candidate) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== 0) {
      const all = [...(body.current?.querySelectorAll<HTMLElement>('tr[data-candidate]') ?? [])];
      all[all.indexOf(event.currentTarget) + step]?.focus();
    } else if (event.key === 'Enter' || event.key === ' ') apply(candidate);
    else if (event.key.toLowerCase() === 'e') measure(event.shiftKey ? unasked : [candidate.pattern]);
    else if (event.key === 'Escape') showGhost(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const asking = (title: string, text: string) =>
    unasked.length === 0 || blockedBecause ? (
      text
    ) : (
      <button type="button" className="insp-ask" title={title} onClick={() => measure(unasked)}>
        {text}
      </button>
    );
  let first = true;
  return (
    <table className="tbl insp-cand" aria-label="Candidates">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Pattern</span>
          </th>
          <th scope="col">Budget</th>
          <th scope="col" className="num" title="Over all rows, as deployed">
            Recall
          </th>
          <th scope="col" className="num" title="64×64 tiles multiplied, of causal ones">
            Tiles %
          </th>
          <th scope="col" className="num" title={TIME_HEADER}>
            ms
          </th>
          <th scope="col" className="num" title={ERROR_HEADER}>
            {asking(ERROR_HEADER, 'Out. err.')}
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {groups.map(({ title, aside, candidates, empty }) => (
          <Fragment key={title}>
            <tr className="insp-cand-group">
              <th scope="colgroup" colSpan={6}>
                <span>
                  {title}
                  <span className="t3">{aside}</span>
                </span>
              </th>
            </tr>
            {candidates.length === 0 && (
              <tr className="insp-cand-empty">
                <td colSpan={6}>{empty}</td>
              </tr>
            )}
            {candidates.map((candidate) => {
              const { pattern, note } = candidate;
              const applied = samePattern(pattern, committed);
              const exact = numbersOf(pattern);
              const evaluation = evaluationOf(evaluations, at, pattern);
              const recall = exact?.recall ?? evaluation?.result?.recall.mean;
              const tiles = exact?.executed ?? evaluation?.result?.density.executed;
              const show = () => showGhost({ ...place, pattern });
              const tabIndex = first ? 0 : -1;
              first = false;
              const waits = evaluation?.status === 'running' ? '…' : '—';
              return (
                <tr
                  key={`${patternText(pattern)} ${note}`}
                  data-candidate=""
                  className={applied ? 'is-applied' : undefined}
                  tabIndex={tabIndex}
                  title={note}
                  aria-label={`${patternText(pattern)}${note && `, ${note}`}${recall === undefined ? '' : `, recall ${recallText(recall)}`}${applied ? ', in the config' : ', Enter applies'}`}
                  onPointerEnter={show}
                  onPointerLeave={() => showGhost(null)}
                  onFocus={show}
                  onBlur={() => showGhost(null)}
                  onClick={() => apply(candidate)}
                  onKeyDown={(event) => keys(event, candidate)}
                >
                  <td className={applied ? 'c-mask' : 't2'} title={PATTERN_NAMES[pattern.kind]}>
                    <PatternGlyph kind={pattern.kind} />
                  </td>
                  <td>
                    <span className="insp-cand-budget">
                      {budgetText(pattern)}
                      {applied && (
                        <span className="c-mask">
                          <Icon name="check" small />
                        </span>
                      )}
                    </span>
                  </td>
                  <td className="num">{recall === undefined ? '—' : recallText(recall)}</td>
                  <td className="num">{tiles === undefined ? '—' : percentNumber(tiles)}</td>
                  <td className="num">
                    {evaluation?.result ? evaluation.result.elapsedMs.toFixed(1) : pattern.kind === 'dense' ? '' : waits}
                  </td>
                  <td className="num">
                    {evaluation?.result?.output.relL2 != null
                      ? evaluation.result.output.relL2.toPrecision(2)
                      : pattern.kind === 'dense'
                        ? '0'
                        : waits}
                  </td>
                </tr>
              );
            })}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}
