// Five facts of the whole run under the config, each with its ground.
import { useStore } from 'zustand';
import { comparisonOf, comparisonsStore, isComparisonStale } from '../state/comparisons.ts';
import { configStore } from '../state/config_document.ts';
import { focusHead } from '../state/focus.ts';
import type { KnownRun } from '../state/library.ts';
import { StaleBadge } from '../ui/Chip.tsx';
import { duration, percent, recallText, wholeNumber } from '../ui/numbers.ts';
import type { AtlasFacts as Facts } from './atlas_heads.ts';

const NOTHING = '—';

export function AtlasFacts({ run, facts, target }: { run: KnownRun; facts: Facts; target: number }) {
  const { meanRecall, tilesKept, worst, measured, heads } = facts;
  const [value, unit] = tilesKept === null ? [NOTHING, ''] : percent(tilesKept).split(' ');
  return (
    <dl className="atlas-facts">
      <div>
        <dt>Mean recall</dt>
        <dd>{meanRecall === null ? NOTHING : recallText(meanRecall)}</dd>
      </div>
      <div>
        <dt>Worst head</dt>
        <dd>
          {worst?.numbers ? (
            <>
              <button
                type="button"
                className="atlas-worst"
                onClick={() => focusHead({ layer: worst.layer, head: worst.head }, { open: true })}
                aria-label={`Open layer ${worst.layer} head ${worst.head}`}
              >
                L{worst.layer} H{worst.head}
              </button>
              <small>recall {recallText(worst.numbers.recall)}</small>
            </>
          ) : (
            NOTHING
          )}
        </dd>
      </div>
      <div>
        <dt>Below target {target.toFixed(2)}</dt>
        <dd className={facts.belowTarget > 0 ? 'c-miss' : undefined}>
          {measured === 0 ? NOTHING : wholeNumber(facts.belowTarget)}
          <small>{measured < heads ? `of ${wholeNumber(measured)} measured heads` : `of ${wholeNumber(heads)} heads`}</small>
        </dd>
      </div>
      <div>
        <dt>Tiles kept</dt>
        <dd>
          {value}
          <small>{unit}</small>
        </dd>
      </div>
      <AttentionTime run={run} />
    </dl>
  );
}

/** Measured where the prefill ran with this config; the dense time alone where only that is known. */
function AttentionTime({ run }: { run: KnownRun }) {
  const comparison = useStore(comparisonsStore, (state) => comparisonOf(state, run.info.runId));
  const stale = useStore(configStore, (config) => comparison?.result != null && isComparisonStale(comparison, config));
  if (comparison?.result) {
    const { layers } = comparison.result;
    const dense = layers.reduce((sum, layer) => sum + layer.denseMs, 0);
    const sparse = layers.reduce((sum, layer) => sum + layer.sparseMs + layer.indexMs, 0);
    return (
      <div>
        <dt>Attention time</dt>
        <dd className={stale ? 'atlas-time is-stale' : 'atlas-time'}>
          {duration(sparse)}
          <small>
            {comparison.baseline?.name ?? 'dense'} {duration(dense)}, {(dense / Math.max(sparse, 1e-9)).toFixed(1)}×{' '}
            {stale && <StaleBadge />}
          </small>
        </dd>
      </div>
    );
  }
  const timings = run.info.timings;
  if (timings.length === 0) return null;
  return (
    <div>
      <dt>Attention time</dt>
      <dd className="atlas-time">
        {duration(timings.reduce((sum, layer) => sum + layer.attentionMs, 0))}
        <small>in the run's prefill</small>
      </dd>
    </div>
  );
}
