// The tokens around the cursor, keys above queries. Only the boxes on screen exist; text goes in as text nodes.
import './tokens.css';
import { memo, useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { jumpTo, mapOnScreen } from '../map/map_actions.ts';
import { mapStatusStore } from '../map/map_status.ts';
import { keeps } from '../map/mask_rule.ts';
import { missedEnd } from '../map/missed_track.ts';
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { type Viewport, viewport, viewportsStore } from '../state/viewports.ts';
import { attentionMap, colourAt, colourTable, cssColour } from '../ui/colour_maps.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { themeStore } from '../ui/theme.ts';
import { promptTokens, tokenOrigin } from './prompt_tokens.ts';
import { RowHeat } from './row_heat.ts';
import { NARROWEST, stripStart } from './strip_window.ts';
import type { TokenOrigin } from './token_texts.ts';
import { usePromptTokens } from './use_prompt_tokens.ts';
import { visibleToken } from './visible_text.ts';

/** A box wider than the narrowest one by this much on average: what is certain to be seen. */
const AVERAGE = 44;
const REST_MS = 150;

export function TokenStrip() {
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const hover = useStore(focusStore, (state) => state.hover);
  const layer = useStore(focusStore, (state) => state.layer);
  const head = useStore(focusStore, (state) => state.head);
  const view = useRestingView();
  const [last, setLast] = useState<{ q: number; k: number } | null>(null);
  usePromptTokens();
  const [heat] = useState(() => new RowHeat());
  const [, redraw] = useState(0);
  useEffect(() => heat.follow(() => redraw((count) => count + 1)), [heat]);
  useEffect(() => {
    if (hover) setLast(hover);
  }, [hover]);
  const theme = useStore(themeStore, (state) => state.theme);
  const limits = useStore(mapStatusStore, (state) => state.limits);
  const missedRows = useStore(mapStatusStore, (state) => state.missedRows);
  const colours = useStore(preferencesStore, (state) => attentionMap(state.colourMap));
  const hasPattern = useStore(configStore, (state) => shownPattern(state, { layer, head }) !== null);
  const missedAxis = useMemo(() => (missedRows ? missedEnd({ rows: missedRows, bands: [], scoredFrom: null }) : 1), [missedRows]);
  const middle = { q: Math.floor((view.q0 + view.q1) / 2), k: Math.floor((view.k0 + view.k1) / 2) };
  const tokens = run?.info.rows ?? 0;
  const kept = last && last.q < tokens && last.q >= view.q0 && last.q < view.q1 && last.k >= view.k0 && last.k < view.k1 ? last : middle;
  const { q, k } = hover ?? kept;
  const askedRow = run?.live ? Math.min(tokens - 1, q) : null;
  useEffect(() => {
    if (askedRow !== null && runId !== null) heat.want({ runId, layer, head }, askedRow);
  }, [heat, runId, layer, head, askedRow]);
  if (!run) return <EmptyState>No run is open. Its tokens appear here.</EmptyState>;
  const row = askedRow === null ? null : heat.of({ runId: run.info.runId, layer, head }, askedRow);
  const origin = tokenOrigin(run);
  const shared = { origin, tokens };
  const rule = mapOnScreen()?.rule;
  /** Attention of the row under the cursor, warm where the mask drops it. */
  const keyHeat = (token: number): string | undefined => {
    const value = row?.[token];
    if (!limits || value === undefined || token > q) return undefined;
    const missed = rule !== undefined && hasPattern && keeps(rule, q, token) === false;
    const share = (Math.log2(value) - limits.low) / (limits.high - limits.low);
    return cssColour(colourAt(colourTable(missed ? 'missed' : colours, theme), share));
  };
  /** What each row loses, on the axis of the track beside the map. */
  const queryHeat = (token: number): string | undefined => {
    const missed = missedRows?.[token];
    return missed === undefined ? undefined : cssColour(colourAt(colourTable('missed', theme), missed / missedAxis));
  };
  return (
    <section className="tokens" aria-label="Tokens around the cursor">
      <Strip
        {...shared}
        who="Key"
        what="attention"
        centre={Math.min(k, tokens - 1)}
        selected={hover ? k : null}
        heatOf={keyHeat}
        onPick={(key) => jumpTo(Math.max(q, key), key)}
      />
      <Strip
        {...shared}
        who="Query"
        what={missedRows ? 'missed mass' : 'position'}
        centre={Math.min(q, tokens - 1)}
        selected={hover ? q : null}
        heatOf={queryHeat}
        onPick={(query) => jumpTo(query, Math.min(k, query))}
      />
    </section>
  );
}

/** Without a cursor the strips stand at the middle of the view once it rests: a pan should not have to lay out text. */
function useRestingView(): Viewport {
  const [view, setView] = useState(() => viewport());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = viewportsStore.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setView(viewport()), REST_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return view;
}

interface StripProps {
  who: string;
  what: string;
  origin: TokenOrigin;
  tokens: number;
  centre: number;
  selected: number | null;
  /** The colour below a token; undefined: none. */
  heatOf: (token: number) => string | undefined;
  onPick: (token: number) => void;
}

function Strip({ who, what, origin, tokens, centre, selected, heatOf, onPick }: StripProps) {
  const box = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const start = useRef(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const sizes = new ResizeObserver(() => setWidth(element.clientWidth));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  const fit = Math.max(1, Math.floor(width / AVERAGE));
  start.current = stripStart(centre, start.current, fit, tokens);
  const count = Math.min(tokens - start.current, Math.ceil(width / NARROWEST));
  return (
    <div className="strip">
      <div className="who">
        <b>{who}</b>
        {what}
      </div>
      <ul ref={box} className="toks" aria-label={`${who} tokens from ${wholeNumber(start.current)}`}>
        {Array.from({ length: count }, (_, offset) => start.current + offset).map((token) => (
          <Token
            key={token}
            token={token}
            text={promptTokens().at(origin, token)}
            selected={token === selected}
            // A whole number every eighth, the selected one always, and none so close to it that both cannot be read.
            numbered={token === selected || (token % 8 === 0 && (selected === null || Math.abs(token - selected) > 2))}
            heat={heatOf(token)}
            onPick={onPick}
          />
        ))}
      </ul>
    </div>
  );
}

interface TokenProps {
  token: number;
  text: string | null;
  selected: boolean;
  numbered: boolean;
  heat: string | undefined;
  onPick: (token: number) => void;
}

const MARKS = /([·⏎␍⇥⍽∅]+|\\x[0-9a-f]{2}|\\u\{[0-9a-f]+\})/u;

const Token = memo(function Token({ token, text, selected, numbered, heat, onPick }: TokenProps) {
  const shown = text === null ? '…' : visibleToken(text);
  return (
    <li className={selected ? 'tk is-sel' : 'tk'}>
      <span className="ix">{numbered ? wholeNumber(token) : ''}</span>
      <button
        type="button"
        tabIndex={selected ? 0 : -1}
        className="tx"
        aria-label={`${wholeNumber(token)} ${shown}`}
        onClick={() => onPick(token)}
      >
        <bdi>
          {shown.split(MARKS).map((part, at) =>
            // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text, which never move
            at % 2 === 1 ? <u key={at}>{part}</u> : part,
          )}
        </bdi>
      </button>
      <i className="ht" style={heat === undefined ? undefined : { background: heat }} />
    </li>
  );
});
