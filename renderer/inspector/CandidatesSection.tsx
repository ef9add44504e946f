// What to choose from for this head: the cheapest pattern of each kind that reaches the target, and what the released search scored.

import { useStore } from 'zustand';
import type { HeadScores, SurfaceResult } from '../../engine/protocol/records.ts';
import type { Job } from '../state/jobs.ts';
import { preferencesStore } from '../state/preferences.ts';
import { type Objective, objectiveWords, RELEASED, type SearchGround, searchHeads } from '../state/searches.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton, type MenuItem } from '../ui/Menu.tsx';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { budgetText, patternText } from '../ui/pattern_words.ts';
import { type SearchScope, searchScope } from './actions.ts';
import { type CandidateGroup, CandidateTable, type CandidateTableProps } from './CandidateTable.tsx';
import { candidateRows } from './candidates.ts';
import { percentNumber } from './number_changes.ts';
import { reaching } from './reaching.ts';
import { Section } from './Section.tsx';
import { targetText } from './TargetField.tsx';

export interface CandidatesSectionProps extends Omit<CandidateTableProps, 'groups'> {
  scores: HeadScores | null;
  ground: SearchGround | null;
  /** Those that are there. */
  surfaces: readonly SurfaceResult[];
  cancelSearch: (() => void) | null;
  /** The job that will search this head. */
  job: Job | null;
  heads: number;
  layers: number;
}

const KINDS = 3;

export function CandidatesSection(props: CandidatesSectionProps) {
  const { runId, place, scores, ground, surfaces, cancelSearch, job, blockedBecause } = props;
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const objective: Objective = { procedure: 'target', recall: target };
  const searching = cancelSearch !== null;
  const cheapest = surfaces.length === KINDS ? reaching(surfaces, target) : [];
  const released = scores ? candidateRows(scores) : [];
  const best = released[0];
  const groups: CandidateGroup[] = [
    {
      title: `Cheapest at recall ≥ ${targetText(target)}`,
      aside: cheapest.length > 0 ? 'from the surfaces' : '',
      candidates: cheapest.map(({ pattern, recall }) => ({ pattern, score: recall, how: objectiveWords(objective), note: '' })),
      empty: blockedBecause ? `Not known: ${blockedBecause}.` : `Read off this head’s surfaces: ${surfaces.length} of ${KINDS} are there.`,
    },
    {
      title: 'Released search',
      aside: ground && best ? `best score ${recallText(best.score)}, rows ≥ ${wholeNumber(ground.scoredFrom)}` : '',
      candidates: released.map(({ scored, applied, score, winner }) => ({
        pattern: applied,
        score,
        how: objectiveWords(RELEASED),
        note: `${winner ? 'best score' : 'score'} ${score.toFixed(4)}${patternText(scored) === patternText(applied) ? '' : ` as ${patternText(scored)}`}`,
      })),
      empty: searching ? 'Scoring the candidates of this head.' : 'Not searched on this run: six budgets of three patterns, a pass a kind.',
    },
  ];
  const first = cheapest[0];
  return (
    <Section
      title="Candidates"
      aside={
        searching ? (
          <Button look="link" onClick={cancelSearch}>
            Cancel search
          </Button>
        ) : (
          <span className="insp-search">
            <Button look="link" disabledBecause={blockedBecause} onClick={() => searchHeads(runId, [place])}>
              {scores ? 'Re-run search' : 'Search'}
            </Button>
            <MenuButton label="Search more heads" align="end" items={menuItems(props, objective, target)}>
              <Icon name="chevron-down" />
            </MenuButton>
          </span>
        )
      }
      foldable
      result={
        first
          ? `${budgetText(first.pattern)}, ${percentNumber(first.executed)} %`
          : best
            ? `best ${recallText(best.score)}`
            : 'not searched'
      }
    >
      {searching && (
        <div className="insp-search-progress">
          <ProgressBar label="Search" fraction={job && job.total > 0 ? job.done / job.total : null} />
          <span className="t3 sm">
            {job && job.total > 1 ? `${wholeNumber(job.done)} of ${wholeNumber(job.total)} heads` : 'scoring the candidates of this head'}
          </span>
        </div>
      )}
      <CandidateTable {...props} groups={groups} />
      {ground && ground.skipped.length > 0 && (
        <p className="insp-foot">{`${ground.skipped.length} released ${ground.skipped.length === 1 ? 'candidate does' : 'candidates do'} not fit the prompt: ${ground.skipped.map(patternText).join(', ')}.`}</p>
      )}
    </Section>
  );
}

function menuItems({ heads, layers, place, blockedBecause }: CandidatesSectionProps, objective: Objective, target: number): MenuItem[] {
  const count = { head: 1, layer: heads, model: heads * layers };
  const scopes: { scope: SearchScope; where: string }[] = [
    { scope: 'layer', where: `layer ${place.layer}` },
    { scope: 'model', where: 'the whole model' },
  ];
  const item = (what: Objective, { scope, where }: (typeof scopes)[number], separated: boolean): MenuItem => ({
    id: `${what.procedure}-${scope}`,
    label: (
      <span className="insp-item">
        {what.procedure === 'released' ? `Search ${where}` : `Set ${where} to the cheapest at recall ${targetText(target)}`}
      </span>
    ),
    note: `${wholeNumber(count[scope])} heads, ${what.procedure === 'released' ? 'released candidates; winners are offered' : 'three surfaces each; one step to undo'}`,
    separated,
    disabledBecause: blockedBecause,
    run: () => searchScope(scope, what),
  });
  return [...scopes.map((scope) => item(RELEASED, scope, false)), ...scopes.map((scope, index) => item(objective, scope, index === 0))];
}
