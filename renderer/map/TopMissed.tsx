// The pairs in view that the mask loses most by, as links to their places.
import { useStore } from 'zustand';
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { tokenOrigin } from '../tokens/prompt_tokens.ts';
import { usePromptTokens } from '../tokens/use_prompt_tokens.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { pairText, wholeNumber } from '../ui/numbers.ts';
import { jumpTo } from './map_actions.ts';
import { causalRect, useStrongestPairs } from './strongest_pairs.ts';
import { useSettledView } from './use_settled_view.ts';

const REST_MS = 150;

export function TopMissed({ count }: { count: number }) {
  const runId = useStore(focusStore, (state) => state.runId);
  const layer = useStore(focusStore, (state) => state.layer);
  const head = useStore(focusStore, (state) => state.head);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const pattern = useStore(configStore, (state) => shownPattern(state, { layer, head }));
  const view = useSettledView(REST_MS);
  const texts = usePromptTokens();
  const place = run?.live && pattern ? { runId: run.info.runId, layer, head } : null;
  const rect = place && run ? causalRect(view, run.info.rows) : null;
  const { pairs, current, error } = useStrongestPairs(place, rect, pattern, count);
  if (!run || !pattern) return null;
  const origin = tokenOrigin(run);
  const word = (token: number) => {
    const text = texts.at(origin, token);
    return text === null ? '…' : visibleToken(text);
  };
  return (
    <div className="blk top-missed">
      <h3>
        Top missed in view <span>{error ? '' : current ? 'exact' : pairs ? 'counting' : ''}</span>
      </h3>
      {!run.live && <p className="t3 sm">Exact values need the engine, which no longer holds this run.</p>}
      {error && <p className="t3 sm">{error}</p>}
      {current && pairs?.length === 0 && <p className="t3 sm">The mask keeps every pair in view.</p>}
      <ol className={current ? undefined : 'is-stale'}>
        {pairs?.map(({ q, k, value }) => (
          <li key={`${q}/${k}`}>
            <button
              type="button"
              title={`Query ${wholeNumber(q)}, key ${wholeNumber(k)}`}
              aria-label={`Missed ${pairText(value)}: query ${wholeNumber(q)} ${word(q)}, key ${wholeNumber(k)} ${word(k)}`}
              onClick={() => jumpTo(q, k)}
            >
              <b>{pairText(value)}</b>
              <bdi className="trunc">{word(q)}</bdi>
              <i>→</i>
              <bdi className="trunc">{word(k)}</bdi>
            </button>
          </li>
        ))}
      </ol>
    </div>
  );
}
