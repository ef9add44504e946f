// The prefill run again, dense or under another config (A) and with the current config (B): what that costs and changes.
import { useMemo } from 'react';
import { useStore } from 'zustand';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { openNewRun } from '../library/library_dialogs.ts';
import { type ComparisonEntry, comparisonOf, comparisonsStore, isComparisonStale, startComparison } from '../state/comparisons.ts';
import { configStore } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { tokenOrigin } from '../tokens/prompt_tokens.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { ProgressBar } from '../ui/ProgressBar.tsx';
import { CompareBar } from './CompareBar.tsx';
import { ComparisonFigures } from './ComparisonFigures.tsx';
import { comparisonFacts, verdict } from './comparison_facts.ts';
import { LayerBars } from './LayerBars.tsx';
import { TopTokens } from './TopTokens.tsx';
import { idsOf, useTokenNames } from './use_token_names.ts';
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
  const result = entry?.result ?? null;
  const start = () => startComparison(run.info.runId);
  return (
    <section className="cmp" aria-label="Compare">
      <CompareBar run={run} entry={entry} stale={stale} blocked={blocked} />
      {entry?.status === 'failed' && (
        <Banner
          tone="danger"
          title="The comparison stopped."
          actions={
            <Button small onClick={start} disabledBecause={blocked}>
              Try again
            </Button>
          }
        >
          {entry.error?.message} {result ? 'The result before it is below.' : ''}
        </Banner>
      )}
      {entry?.status === 'running' && <Running entry={entry} />}
      {entry?.status === 'cancelled' && <Cancelled entry={entry} onStart={start} blocked={blocked} />}
      {entry && result ? (
        <Results result={result} entry={entry} run={run} stale={stale} />
      ) : (
        entry?.status !== 'running' && (
          <EmptyState
            action={
              <Button look="primary" icon="play" onClick={start} disabledBecause={blocked}>
                Run the prefill with this config
              </Button>
            }
          >
            Runs {wholeNumber(run.info.rows)} tokens through {run.info.model.name} as A and as B in turns, and shows time per layer, tiles,
            and how far the two come apart: hidden states, logits, next tokens.
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
        <span className="md">{note ? `Prefill, ${note}` : 'Prefills of both sides'}</span>
        <span className="t3">{total > 0 ? `layer ${wholeNumber(Math.round(done))} of ${wholeNumber(total)}, all runs` : 'queued'}</span>
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

/** The bar stays where it was stopped: nothing of a comparison that did not end can be used. */
function Cancelled({ entry, onStart, blocked }: { entry: ComparisonEntry; onStart: () => void; blocked: string | undefined }) {
  const { done, total } = entry.progress ?? { done: 0, total: 0 };
  return (
    <div className="cmp-running">
      <div className="cmp-running-text">
        <span className="md">Cancelled</span>
        <span className="t3">
          {total > 0 ? `at layer ${wholeNumber(Math.round(done))} of ${wholeNumber(total)}. ` : 'before it began. '}
          {entry.result ? 'The result before it is below.' : 'Nothing was kept.'}
        </span>
        {entry.result && (
          <Button small onClick={onStart} disabledBecause={blocked}>
            Start again
          </Button>
        )}
      </div>
      <ProgressBar label="Cancelled comparison" look="idle" fraction={total > 0 ? done / total : 0} />
    </div>
  );
}

function Results({ result, entry, run, stale }: { result: Comparison; entry: ComparisonEntry; run: KnownRun; stale: boolean }) {
  const facts = comparisonFacts(result, run.info.heads);
  const [a, b] = [entry.baseline?.name ?? 'dense', entry.configName || 'unnamed'];
  const words = verdict(result, facts, { a: entry.baseline?.name ?? null, b });
  const ids = useMemo(() => idsOf(result.logits), [result]);
  const names = useTokenNames(tokenOrigin(run).model, ids);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reached by key.
    <section className="cmp-scroll" tabIndex={0} aria-label="Result">
      <div className={stale ? 'cmp-verdict is-stale' : 'cmp-verdict'}>
        <h2>{words.title}</h2>
        <p>{words.detail}</p>
        <p className="t3">{ground(result, entry, run, { a, b })}</p>
      </div>
      <div className="cmp-middle">
        <ComparisonFigures result={result} facts={facts} stale={stale} />
        <TopTokens logits={result.logits} names={names} a={a} b={b} />
      </div>
      <LayerBars layers={result.layers} longestMs={facts.longestMs} heads={run.info.heads} a={a} b={b} indexOfA={entry.baseline !== null} />
      {result.notes.length > 0 && (
        <ul className="cmp-notes">
          {result.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** What the numbers stand on, in one line. */
function ground(result: Comparison, { madeAt }: ComparisonEntry, { info }: KnownRun, { a, b }: { a: string; b: string }): string {
  const { repeats, threads } = result;
  const runs = repeats === 1 ? 'one run of each' : `medians of ${repeats} runs of each, in turns`;
  const at = madeAt === null ? '' : `, ${new Date(madeAt).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })}`;
  return `A ${a}, B ${b}. ${wholeNumber(info.rows)} tokens, ${runs}, ${threads} ${threads === 1 ? 'thread' : 'threads'}${at}.`;
}
