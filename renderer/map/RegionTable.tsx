// The strongest pairs in view as a table: the map for those who do not see it, and links to the places for those who do.
import { useState } from 'react';
import { useStore } from 'zustand';
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusStore, headName } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { tokenOrigin } from '../tokens/prompt_tokens.ts';
import { usePromptTokens } from '../tokens/use_prompt_tokens.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { pairText, wholeNumber } from '../ui/numbers.ts';
import { Segmented } from '../ui/Segmented.tsx';
import { jumpTo, mapOnScreen } from './map_actions.ts';
import { missedBecause } from './mask_reason.ts';
import { keptBy } from './mask_rule.ts';
import { causalRect, useStrongestPairs } from './strongest_pairs.ts';
import { useSettledView } from './use_settled_view.ts';

const ROWS = 48;
const REST_MS = 200;
const SHOWN = [
  { value: 'all', label: 'Attention' },
  { value: 'missed', label: 'Missed only' },
] as const;

export function RegionTable() {
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  if (!run) return <EmptyState>No run is open. The strongest pairs in view appear here.</EmptyState>;
  if (!run.live) return <EmptyState>The engine no longer holds this run; exact values need it.</EmptyState>;
  return <Pairs run={run} />;
}

function Pairs({ run }: { run: KnownRun }) {
  const layer = useStore(focusStore, (state) => state.layer);
  const head = useStore(focusStore, (state) => state.head);
  const pattern = useStore(configStore, (state) => shownPattern(state, { layer, head }));
  const view = useSettledView(REST_MS);
  const [shown, setShown] = useState<'all' | 'missed'>('all');
  const texts = usePromptTokens();
  const rect = causalRect(view, run.info.rows);
  const missed = shown === 'missed' && pattern !== null;
  const { pairs, current, error } = useStrongestPairs({ runId: run.info.runId, layer, head }, rect, missed ? pattern : null, ROWS);
  const rule = mapOnScreen()?.rule ?? { kind: 'unknown' as const };
  const origin = tokenOrigin(run);
  const word = (token: number) => {
    const text = texts.at(origin, token);
    return text === null ? '' : visibleToken(text);
  };
  const fate = (q: number, k: number) => {
    const by = keptBy(rule, pattern, q, k);
    if (by === undefined) return missed ? 'missed' : '';
    return by === null ? `missed${missedBecause(rule, pattern, q, k)}` : `kept by ${by}`;
  };
  const where = rect
    ? `rows ${wholeNumber(rect[0])} to ${wholeNumber(rect[1] - 1)}, keys ${wholeNumber(rect[2])} to ${wholeNumber(rect[3] - 1)}`
    : '';
  return (
    <div className="region-table">
      <div className="region-head">
        <Segmented label="Pairs in the table" value={shown} options={SHOWN} onChange={setShown} />
        <span className="t3 sm">
          {headName({ layer, head })}, {where}, exact{pairs && !current ? '; counting the view on screen' : ''}
        </span>
      </div>
      {error && <p role="alert">{error}</p>}
      {!error && pairs === null && <EmptyState>{rect ? 'Looking for the strongest pairs.' : 'Nothing but void in view.'}</EmptyState>}
      {current && pairs?.length === 0 && <EmptyState>{missed ? 'The mask keeps every pair in view.' : 'No attention in view.'}</EmptyState>}
      {pairs && pairs.length > 0 && (
        <table className={current ? 'tbl' : 'tbl is-stale'}>
          <caption className="visually-hidden">
            The {pairs.length} pairs in view with the most {missed ? 'missed mass' : 'attention'}, {headName({ layer, head })}, {where}
          </caption>
          <thead>
            <tr>
              <th scope="col" className="num">
                Query
              </th>
              <th scope="col">Token</th>
              <th scope="col" className="num">
                Key
              </th>
              <th scope="col">Token</th>
              <th scope="col" className="num">
                Distance
              </th>
              <th scope="col" className="num">
                Attention
              </th>
              <th scope="col">Mask</th>
            </tr>
          </thead>
          <tbody>
            {pairs.map(({ q, k, value }) => (
              <tr key={`${q}/${k}`}>
                <td className="num">
                  <button
                    type="button"
                    className="btn btn--link btn--sm num"
                    aria-label={`Go to query ${wholeNumber(q)}, key ${wholeNumber(k)}`}
                    onClick={() => jumpTo(q, k)}
                  >
                    {wholeNumber(q)}
                  </button>
                </td>
                <td className="mono">
                  <bdi>{word(q)}</bdi>
                </td>
                <td className="num">{wholeNumber(k)}</td>
                <td className="mono">
                  <bdi>{word(k)}</bdi>
                </td>
                <td className="num">{wholeNumber(q - k)}</td>
                <td className="num">{pairText(value, 4)}</td>
                <td className={fate(q, k).startsWith('missed') ? 'c-miss' : undefined}>{fate(q, k)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
