// One head: its pattern, the four numbers of the budget on screen, the curve it moves along, what a search found, what it costs.
import { useStore } from 'zustand';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { setLive } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { evaluateTimed } from '../state/evaluations.ts';
import { focusStore, headName } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { notifyError } from '../state/notices.ts';
import { preferencesStore } from '../state/preferences.ts';
import { searchesStore } from '../state/searches.ts';
import type { SurfaceKind } from '../state/surface_lookup.ts';
import { IconButton } from '../ui/Button.tsx';
import { Chip, StaleBadge } from '../ui/Chip.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Icon, PatternGlyph } from '../ui/Icon.tsx';
import { MetricBlock } from '../ui/MetricBlock.tsx';
import { percent, recallText, wholeNumber } from '../ui/numbers.ts';
import { PATTERN_NAMES } from '../ui/pattern_words.ts';
import { Segmented } from '../ui/Segmented.tsx';
import { setKind } from './actions.ts';
import { BudgetSection } from './BudgetSection.tsx';
import { CandidatesSection } from './CandidatesSection.tsx';
import { CurveSection } from './CurveSection.tsx';
import { numbersOf } from './head_numbers.ts';
import { KernelCost } from './KernelCost.tsx';
import { changeOf, percentNumber, pointsOf } from './number_changes.ts';
import { useHeadQuestions } from './use_head_questions.ts';
import { type InspectedHead, SURFACE_KINDS, useInspectedHead } from './use_inspected_head.ts';

export function HeadInspector() {
  const inspected = useInspectedHead();
  useHeadQuestions(inspected);
  if (!inspected) return <EmptyState>No run is open. Open one from the rail to inspect its heads.</EmptyState>;
  if (!inspected.shown || !inspected.entry) {
    return <EmptyState>The config has another shape than this run. Import one of the run's model, or start a new one.</EmptyState>;
  }
  return <HeadCards inspected={inspected} shown={inspected.shown} committed={inspected.entry.pattern} />;
}

function HeadCards({ inspected, shown, committed }: { inspected: InspectedHead; shown: Pattern; committed: Pattern }) {
  const { info, place, run, surfaces, numbers, committedNumbers, live } = inspected;
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const ground = useStore(searchesStore, (searches) => searches.ground[info.runId] ?? null);
  const job = useStore(jobsStore, ({ jobs }) => jobs.find(({ cancel }) => cancel === inspected.cancelSearch) ?? null);
  const device = useStore(connectionStore, ({ info: engineInfo }) => deviceOf(engineInfo?.devices ?? []));
  const blockedBecause = blocked(inspected);
  const surface = shown.kind === 'dense' ? null : surfaces[shown.kind];
  const all = `all ${wholeNumber(info.rows)} rows, 1 prompt`;
  const exactNumbers = (pattern: Pattern) =>
    numbersOf(pattern, { surface: pattern.kind === 'dense' ? null : surfaces[pattern.kind].surface, measurement: null, evaluation: null });
  return (
    <>
      <HeadCard inspected={inspected} shown={shown} />
      <BudgetSection
        place={place}
        rows={info.rows}
        shown={shown}
        committed={committed}
        live={live}
        surface={surface?.surface ?? null}
        scores={inspected.scores}
        ground={surface?.surface ? all : ''}
      />
      <CurveSection inspected={inspected} shown={shown} target={target} exactNumbers={exactNumbers} />
      <CandidatesSection
        runId={info.runId}
        place={place}
        committed={committed}
        scores={inspected.scores}
        ground={ground}
        surfaces={SURFACE_KINDS.flatMap((kind) => surfaces[kind].surface ?? [])}
        cancelSearch={inspected.cancelSearch}
        job={job}
        numbersOf={exactNumbers}
        heads={info.heads}
        layers={info.layersPresent.length}
        blockedBecause={blockedBecause}
      />
      <KernelCost
        rows={info.rows}
        shown={shown}
        numbers={numbers ?? (live ? null : committedNumbers)}
        evaluation={inspected.evaluation}
        device={device}
        blockedBecause={blockedBecause}
        onMeasure={() =>
          evaluateTimed({ runId: run.info.runId, ...place }, shown).catch((thrown: unknown) =>
            notifyError(thrown, 'This budget was not timed'),
          )
        }
      />
    </>
  );
}

function blocked({ run, info, place }: InspectedHead): string | undefined {
  if (!run.live) return 'the engine no longer holds this run';
  if (!info.layersPresent.includes(place.layer)) return `layer ${place.layer} is not in this run`;
  return undefined;
}

function deviceOf(devices: readonly { name: string; available: boolean }[]): string {
  const names = [...new Set(devices.filter(({ available }) => available).map(({ name }) => name.toUpperCase()))];
  return names.length === 1 ? (names[0] ?? 'CPU') : 'the run’s device';
}

/** Where the inspector is narrow. */
const SHORT_NAMES: Readonly<Record<SurfaceKind, string>> = { a_shape: 'A-shape', vertical_slash: 'Vert-Slash', block_sparse: 'Block' };
const KIND_OPTIONS = SURFACE_KINDS.map((kind) => ({ value: kind, kind }));

function HeadCard({ inspected, shown }: { inspected: InspectedHead; shown: Pattern }) {
  const { info, place, live, committedNumbers } = inspected;
  const pinned = useStore(focusStore, (focus) => focus.pinned);
  const isPinned = pinned?.layer === place.layer && pinned.head === place.head;
  // Without numbers of the budget on screen, the committed one's stay, marked as what they are.
  const numbers = inspected.numbers ?? committedNumbers;
  const behind = inspected.numbers === null;
  const before = live && !behind ? committedNumbers : null;
  const change = (text: (now: NonNullable<typeof numbers>, then: NonNullable<typeof numbers>) => string) =>
    before && numbers ? text(numbers, before) : behind && numbers ? 'committed' : '';
  return (
    <section className="insp-sec insp-head" aria-label={`Head ${headName(place)}`}>
      <div className="insp-head-row">
        <h2>{headName(place)}</h2>
        <span className="t3">{`KV group ${Math.floor(place.head / Math.max(1, info.heads / info.kvHeads))}`}</span>
        <span className="grow" />
        <GroundChip inspected={inspected} shown={shown} />
        <IconButton
          icon="pin"
          label={isPinned ? 'Unpin head' : 'Pin head for comparison'}
          keys="P"
          pressed={isPinned}
          onClick={() => focusStore.setState({ pinned: isPinned ? null : place })}
        />
      </div>
      <Segmented<SurfaceKind | 'dense'>
        label="Pattern"
        fill
        value={shown.kind}
        onChange={(kind) => {
          if (kind === 'dense') setLive({ ...place, pattern: { kind: 'dense' } });
          else setKind(kind);
        }}
        options={KIND_OPTIONS.map(({ value, kind }) => ({
          value,
          name: PATTERN_NAMES[kind],
          label: (
            <>
              <span className={kind === shown.kind ? 'c-mask' : undefined}>
                <PatternGlyph kind={kind} />
              </span>
              <span className="insp-kind-long">{PATTERN_NAMES[kind]}</span>
              <span className="insp-kind-short">{SHORT_NAMES[kind]}</span>
            </>
          ),
        }))}
      />
      <MetricBlock
        label="Numbers of this budget"
        metrics={[
          {
            label: 'Recall',
            value: numbers && recallText(numbers.recall),
            stale: behind,
            change: change((now, then) => changeOf(now.recall, then.recall, 3)),
          },
          {
            label: 'Missed',
            value: numbers && percentNumber(numbers.missed),
            unit: '%',
            tone: 'miss',
            stale: behind,
            change: change((now, then) => pointsOf(now.missed, then.missed)),
          },
          {
            label: 'Tiles kept',
            value: numbers && percentNumber(numbers.executed),
            unit: '%',
            stale: behind,
            change: change((now, then) => pointsOf(now.executed, then.executed)),
          },
          {
            label: 'Nominal',
            value: numbers && percentNumber(numbers.nominal),
            unit: '%',
            stale: behind,
            change: change((now, then) => pointsOf(now.nominal, then.nominal)),
          },
        ]}
      />
    </section>
  );
}

/** What the numbers above rest on, in one or two words. */
function GroundChip({ inspected, shown }: { inspected: InspectedHead; shown: Pattern }) {
  const { run, info, place, numbers, surfaces } = inspected;
  if (!run.live) return <StaleBadge>run lost</StaleBadge>;
  if (!info.layersPresent.includes(place.layer)) return <Chip tone="warn">not captured</Chip>;
  const entry = shown.kind === 'dense' ? null : surfaces[shown.kind];
  if (numbers?.ground === 'surface' || numbers?.ground === 'definition' || (numbers && entry?.status === 'ready')) {
    return (
      <Chip>
        <Icon name="check" small />
        Exact
      </Chip>
    );
  }
  if (entry?.status === 'failed') return <Chip tone="danger">no surface</Chip>;
  const progress = entry?.status === 'running' ? `surface ${percent(entry.progress, 0)}` : 'no surface yet';
  return <Chip tone={numbers ? 'plain' : 'warn'}>{numbers ? `measured, ${progress}` : progress}</Chip>;
}
