// Several heads: their numbers together, their budgets scaled together, one search over all of them.
import { useState } from 'react';
import { useStore } from 'zustand';
import { applyPatterns, configStore, entryOf } from '../state/config_document.ts';
import { focusHead, focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { measurementsStore } from '../state/measurements.ts';
import { measureHeads } from '../state/measuring.ts';
import { preferencesStore } from '../state/preferences.ts';
import { clearSelection, selectionStore } from '../state/selection.ts';
import { surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { Button } from '../ui/Button.tsx';
import { Chip, StaleBadge } from '../ui/Chip.tsx';
import { PatternGlyph } from '../ui/Icon.tsx';
import { MetricBlock } from '../ui/MetricBlock.tsx';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { budgetText, PATTERN_NAMES } from '../ui/pattern_words.ts';
import { numbersOf } from './head_numbers.ts';
import { percentNumber } from './number_changes.ts';
import { mean, PredictionTable, type SelectedHead } from './PredictionTable.tsx';
import { Section } from './Section.tsx';
import { SelectionActions } from './SelectionActions.tsx';
import { factorAt, LEAST_FACTOR, MOST_FACTOR, positionOfFactor, scaled } from './scaled_budgets.ts';

/** Rows drawn of a large selection: the worst. */
const MOST_ROWS = 200;

export function SelectionInspector() {
  const heads = useStore(selectionStore, (selection) => selection.heads);
  const runId = useStore(focusStore, (focus) => focus.runId);
  const run = useStore(libraryStore, (library) => runOf(library, runId));
  const config = useStore(configStore);
  const measurements = useStore(measurementsStore, (state) => (runId === null ? undefined : state.byRun[runId]));
  const surfaces = useStore(surfacesStore);
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const [factor, setFactor] = useState(1);
  const rows = run?.info.rows ?? 0;

  const selected: SelectedHead[] = heads.flatMap((place) => {
    const entry = entryOf(config, place);
    if (!entry) return [];
    const { pattern } = entry;
    const { kind } = pattern;
    const surface = kind === 'dense' || runId === null ? null : surfaceOf(surfaces, { runId, ...place, kind }).surface;
    const scaledPattern = scaled(pattern, factor, rows, surface);
    const measurement = measurements?.[place.layer]?.[place.head] ?? null;
    const sources = { surface, measurement, evaluation: null };
    return [
      {
        place,
        entry,
        stale: measurement !== null,
        now: numbersOf(pattern, sources),
        after: numbersOf(scaledPattern, sources),
        scaledPattern,
      },
    ];
  });
  const known = selected.filter(({ now }) => now !== null);
  const predicted = selected.filter(({ now, after }) => now !== null && after !== null);
  const recall = mean(known.map(({ now }) => now?.recall ?? 0));
  const executed = mean(known.map(({ now }) => now?.executed ?? 0));
  const nominal = mean(known.map(({ now }) => now?.nominal ?? 0));
  const worst = Math.min(...known.map(({ now }) => now?.recall ?? 1));
  const layers = new Set(heads.map(({ layer }) => layer)).size;
  const count = wholeNumber(selected.length);
  const blockedBecause = run?.live ? undefined : 'the engine no longer holds this run';
  const sorted = [...selected].sort((a, b) => (a.now?.recall ?? 2) - (b.now?.recall ?? 2));
  const partial = known.length < selected.length ? `${known.length} of ${count}` : 'mean';
  return (
    <>
      <section className="insp-sec insp-head" aria-label={`${count} heads selected`}>
        <div className="insp-head-row">
          <h2>{`${count} heads`}</h2>
          <span className="t3">{layers === 1 ? '1 layer' : `${layers} layers`}</span>
          <span className="grow" />
          <Button look="ghost" small onClick={clearSelection}>
            Clear
          </Button>
        </div>
        <MetricBlock
          label="Numbers of the selection"
          metrics={[
            {
              label: 'Mean recall',
              value: recall === null ? null : recallText(recall),
              change: recall === null ? '' : `worst ${recallText(worst)}`,
            },
            { label: 'Missed', value: recall === null ? null : percentNumber(1 - recall), unit: '%', tone: 'miss', change: partial },
            { label: 'Tiles kept', value: executed === null ? null : percentNumber(executed), unit: '%', change: partial },
            { label: 'Nominal', value: nominal === null ? null : percentNumber(nominal), unit: '%', change: partial },
          ]}
        />
      </section>
      <Section
        title="Scale budgets"
        mark={
          factor !== 1 && (
            <Chip tone="mask" dot>
              preview
            </Chip>
          )
        }
        aside={
          factor !== 1 && (
            <Button look="link" onClick={() => setFactor(1)}>
              Reset
            </Button>
          )
        }
      >
        <ScaleSlider factor={factor} count={count} onChange={setFactor} />
        <PredictionTable predicted={predicted} target={target} total={selected.length} runId={runId} blockedBecause={blockedBecause} />
        <div className="insp-actions">
          <Button
            look="primary"
            disabledBecause={factor === 1 ? 'the budgets are as they are' : undefined}
            onClick={() => {
              applyPatterns(
                selected.map(({ place, scaledPattern }) => ({ ...place, pattern: scaledPattern })),
                'hand',
                `Scale ${count} heads by ${factor}`,
              );
              setFactor(1);
            }}
          >
            {`Apply to ${count} heads`}
          </Button>
        </div>
        <SelectionActions runId={runId} places={selected.map(({ place }) => place)} blockedBecause={blockedBecause} />
      </Section>
      <Section
        title="Selection"
        aside={
          known.length < selected.length && run?.live ? (
            <Button
              look="link"
              onClick={() => {
                if (runId)
                  measureHeads(
                    runId,
                    selected.filter(({ now }) => now === null).map(({ place }) => place),
                  );
              }}
            >
              {`Measure ${selected.length - known.length}`}
            </Button>
          ) : (
            'worst first'
          )
        }
      >
        <table className="tbl insp-cand" aria-label="Selected heads, worst first">
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Pattern</span>
              </th>
              <th scope="col">Head</th>
              <th scope="col">Budget</th>
              <th scope="col" className="num">
                Recall
              </th>
              <th scope="col" className="num">
                Missed %
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MOST_ROWS).map(({ place, entry, now, stale }) => (
              <tr key={headName(place)}>
                <td className="t2" title={PATTERN_NAMES[entry.pattern.kind]}>
                  <PatternGlyph kind={entry.pattern.kind} />
                </td>
                <td>
                  <button type="button" className="insp-open" onClick={() => focusHead(place, { open: true })}>
                    {headName(place)}
                  </button>
                </td>
                <td>{budgetText(entry.pattern)}</td>
                <td className="num">{now ? recallText(now.recall) : stale ? <StaleBadge /> : '—'}</td>
                <td className="num c-miss">{now ? percentNumber(now.missed) : '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {sorted.length > MOST_ROWS && <p className="insp-foot">{`The ${MOST_ROWS} worst of ${count}.`}</p>}
      </Section>
    </>
  );
}

function ScaleSlider({ factor, count, onChange }: { factor: number; count: string; onChange: (factor: number) => void }) {
  return (
    <div className="insp-scale">
      <span className="t2">{`All budgets, all ${count} heads`}</span>
      <span className="t3">{`× ${LEAST_FACTOR} to × ${MOST_FACTOR}`}</span>
      <input
        type="range"
        min={0}
        max={1000}
        step={10}
        aria-label="Scale of the budgets"
        aria-valuetext={`times ${factor}`}
        value={Math.round(1000 * positionOfFactor(factor))}
        onChange={(event) => onChange(factorAt(Number(event.target.value) / 1000))}
        onDoubleClick={() => onChange(1)}
      />
      <output className="insp-scale-out">{`× ${factor.toFixed(2)}`}</output>
    </div>
  );
}
