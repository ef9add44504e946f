// The strongest cells in view as a table: the map for those who do not see it, and links to the places for those who do.
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { viewport, viewportsStore } from '../state/viewports.ts';
import { promptTokens, tokenOrigin } from '../tokens/prompt_tokens.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { jumpTo, mapOnScreen } from './map_actions.ts';
import { buildScene } from './map_scene.ts';
import { mapTiles } from './map_tiles.ts';
import { keeps } from './mask_rule.ts';
import { type TopCell, topCells } from './top_cells.ts';

const ROWS = 24;
const REST_MS = 200;

export function RegionTable() {
  const runId = useStore(focusStore, (state) => state.runId);
  const layer = useStore(focusStore, (state) => state.layer);
  const head = useStore(focusStore, (state) => state.head);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const aggregate = useStore(preferencesStore, (state) => state.aggregate);
  const [cells, setCells] = useState<readonly TopCell[]>([]);
  const [, redraw] = useState(0);
  useEffect(() => promptTokens().subscribe(() => redraw((count) => count + 1)), []);
  useEffect(() => {
    if (!run) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const read = () => {
      const map = mapOnScreen();
      const place = { runId: run.info.runId, layer, head };
      const width = Math.round((map?.layout.side ?? 512) * window.devicePixelRatio);
      const view = viewport();
      const { pieces } = buildScene(
        { place, lostPlace: null, lostBefore: null, countLost: false, tokens: run.info.rows, view, width, mode: 'off' },
        mapTiles(),
      );
      setCells(topCells(pieces, view, aggregate, ROWS, (q, k) => (map ? keeps(map.rule, q, k) : null)));
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(read, REST_MS);
    };
    soon();
    const stops = [viewportsStore.subscribe(soon), mapTiles().subscribe(soon)];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [run, layer, head, aggregate]);
  if (!run) return <EmptyState>No run is open. The strongest cells in view appear here.</EmptyState>;
  if (cells.length === 0) return <EmptyState>No attention in view yet.</EmptyState>;
  const origin = tokenOrigin(run);
  const word = (from: number, to: number) => {
    if (to - from > 1) return '';
    const text = promptTokens().at(origin, from);
    return text === null ? '' : visibleToken(text);
  };
  const span = (from: number, to: number) => (to - from > 1 ? `${wholeNumber(from)} to ${wholeNumber(to - 1)}` : wholeNumber(from));
  return (
    <div className="region-table">
      <table className="tbl">
        <caption className="sr-only">
          The {cells.length} cells in view with the most attention, {headName({ layer, head })}
        </caption>
        <thead>
          <tr>
            <th scope="col">Query</th>
            <th scope="col">Token</th>
            <th scope="col">Key</th>
            <th scope="col">Token</th>
            <th scope="col" className="num">
              {aggregate === 'max' ? 'Attention, max' : 'Attention, mass'}
            </th>
            <th scope="col">Mask</th>
          </tr>
        </thead>
        <tbody>
          {cells.map(({ rect, value, kept }) => (
            <tr key={`${rect.q0}/${rect.k0}/${rect.q1}`}>
              <td>
                <button
                  type="button"
                  className="btn btn--link btn--sm num"
                  onClick={() => jumpTo(Math.max(rect.q0, Math.floor((rect.q0 + rect.q1) / 2)), rect.k0)}
                >
                  {span(rect.q0, rect.q1)}
                </button>
              </td>
              <td className="mono">
                <bdi>{word(rect.q0, rect.q1)}</bdi>
              </td>
              <td className="num">{span(rect.k0, rect.k1)}</td>
              <td className="mono">
                <bdi>{word(rect.k0, rect.k1)}</bdi>
              </td>
              <td className="num">{value.toPrecision(2)}</td>
              <td>{kept === null ? '' : kept ? 'kept' : 'missed'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
