// Dense against sparse: the prefill run again with the current config, and what that cost and changed.
import { useStore } from 'zustand';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { openNewRun } from '../library/library_dialogs.ts';
import { type ComparisonEntry, comparisonOf, comparisonsStore, isComparisonStale, startComparison } from '../state/comparisons.ts';
import { configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { StaleBadge } from '../ui/Chip.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { duration, percent, wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { comparisonFacts, klText, verdict } from './comparison_facts.ts';
import { LayerBars } from './LayerBars.tsx';
import './compare.css';

/** `onNewRun`: the one action of the state without a run. */
export function CompareView({ onNewRun = openNewRun }: { onNewRun?: () => void }) {
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const entry = useStore(comparisonsStore, (state) => comparisonOf(state, runId));
  const stale = useStore(configStore, (config) => entry?.result != null && isComparisonStale(entry, config));
  if (!run) {
    return (
      <section className="cmp" aria-label="Compare">
        <EmptyState
          action={
            <Button look="primary" onClick={() => onNewRun()}>
              New run
            </Button>
          }
        >
          No run is open. Compare runs a prompt again with the config and shows what that costs and changes.
        </EmptyState>
      </section>
    );
  }
  const blocked = whyNot(run);
  return (
    <section className="cmp" aria-label="Compare">
      <div className="toolbar">
        <span className="b">Dense against sparse</span>
        <span className="t3 trunc">{run.name}</span>
        <span className="grow" />
        {stale && <StaleBadge>config changed since</StaleBadge>}
        {entry?.result && entry.status !== 'running' && (
          <Button
            look={stale ? 'primary' : 'secondary'}
            small
            icon="play"
            onClick={() => startComparison(run.info.runId)}
            disabledBecause={blocked}
          >
            Run again
          </Button>
        )}
      </div>
      {entry?.status === 'failed' && (
        <Banner
          tone="danger"
          title="The comparison stopped."
          actions={
            <Button small onClick={() => startComparison(run.info.runId)} disabledBecause={blocked}>
              Try again
            </Button>
          }
        >
          {entry.error?.message} {entry.result ? 'The result before it is below.' : ''}
        </Banner>
      )}
      {entry?.status === 'running' && <Running entry={entry} />}
      {entry?.result ? (
        <Results result={entry.result} entry={entry} run={run} stale={stale} />
      ) : (
        entry?.status !== 'running' && (
          <EmptyState
            action={
              <Button look="primary" icon="play" onClick={() => startComparison(run.info.runId)} disabledBecause={blocked}>
                Run the prefill with this config
              </Button>
            }
          >
            Runs {wholeNumber(run.info.rows)} tokens through {run.info.model.name} twice, dense and with the current config, and shows time
            per layer, tiles, and the difference of the logits.
          </EmptyState>
        )
      )}
    </section>
  );
}

/** Why the prefill cannot be run again. */
function whyNot(run: KnownRun): string | undefined {
  if (run.info.kind === 'capture') return 'A capture holds q, k and v; there is no model to run again.';
  if (!run.live) return 'The engine no longer holds this run.';
  return undefined;
}

function Running({ entry }: { entry: ComparisonEntry }) {
  const { done, total, note } = entry.progress ?? { done: 0, total: 0, note: '' };
  return (
    <div className="cmp-running">
      <div className="cmp-running-text">
        <span className="md">{note || 'Running the prefill, dense and sparse'}</span>
        <span className="t3">{total > 0 ? `${wholeNumber(done)} of ${wholeNumber(total)}` : 'queued'}</span>
        {entry.cancel && (
          <Button small onClick={entry.cancel}>
            Cancel
          </Button>
        )}
      </div>
      <ProgressBar label="Comparison" fraction={total > 0 ? done / total : null} />
    </div>
  );
}

function Results({ result, entry, run, stale }: { result: Comparison; entry: ComparisonEntry; run: KnownRun; stale: boolean }) {
  const facts = comparisonFacts(result, run.info.heads);
  const words = verdict(result, facts);
  const { logits } = result;
  return (
    <>
      <div className={stale ? 'cmp-verdict is-stale' : 'cmp-verdict'}>
        <h2>{words.title}</h2>
        <p>{words.detail}</p>
        <p className="t3">
          {wholeNumber(run.info.rows)} tokens, one run of each in the same process, config {entry.configName || 'unnamed'}
          {entry.madeAt !== null && `, ${new Date(entry.madeAt).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`}
        </p>
      </div>
      <dl className={stale ? 'cmp-facts is-stale' : 'cmp-facts'}>
        <div>
          <dt>Whole prefill</dt>
          <dd>
            {duration(result.sparseMs)}
            <small>dense {duration(result.denseMs)}</small>
          </dd>
        </div>
        <div>
          <dt>Tiles multiplied</dt>
          <dd>
            {percent(facts.tiles)}
            <small>of causal 64×64 tiles</small>
          </dd>
        </div>
        <div>
          <dt>Heads run dense</dt>
          <dd>
            {wholeNumber(facts.ranDense)}
            <small>of {wholeNumber(facts.heads)}, sparse would not pay</small>
          </dd>
        </div>
        <div>
          <dt>Next token</dt>
          <dd>
            {logits.top1Same ? 'same' : 'differs'}
            <small>
              p {(logits.dense[0]?.probability ?? 0).toFixed(3)} dense, {(logits.sparse[0]?.probability ?? 0).toFixed(3)} sparse
            </small>
          </dd>
        </div>
        <div>
          <dt>Logits, last row</dt>
          <dd>
            {logits.maxAbs.toPrecision(3)}
            <small>max |Δ|</small>
          </dd>
        </div>
        <div>
          <dt>KL, dense ‖ sparse</dt>
          <dd>
            {klText(logits.kl)}
            <small>nats</small>
          </dd>
        </div>
      </dl>
      <div className="cmp-key" aria-hidden="true">
        <span className="b">Attention per layer</span>
        <span>
          <i className="cmp-index" /> index and estimate
        </span>
        <span>
          <i className="cmp-attention" /> attention
        </span>
        <span>
          <i className="cmp-dense" /> dense
        </span>
      </div>
      <LayerBars layers={result.layers} longestMs={facts.longestMs} heads={run.info.heads} />
      {result.notes.length > 0 && (
        <ul className="cmp-notes">
          {result.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}
