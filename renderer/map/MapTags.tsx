// Words over the picture's corners: what each triangle shows, what is an estimate, what is still coarse.
import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import { focusStore } from '../state/focus.ts';
import { ghostStore } from '../state/ghost.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import type { MapLayout } from './map_layout.ts';
import { mapStatusStore } from './map_status.ts';

const MODE_TAGS = {
  off: [],
  outline: ['Attention', 'outline = kept'],
  dim: ['Missed mass', 'over grey attention'],
  missed: ['Missed mass', 'only what the mask drops'],
  split: ['Attention', 'outline = kept'],
} as const;

export function MapTags({ layout: { x, y, side } }: { layout: MapLayout }) {
  const mode = useStore(preferencesStore, (state) => state.maskMode);
  const { mask, maskError, lostEstimated, lostStale } = useStore(mapStatusStore, (state) => state);
  const coarse = useStore(mapStatusStore, (state) => state.coarse + state.empty > 0);
  const cell = useStore(mapStatusStore, (state) => state.cellTokens);
  const ready = useStore(connectionStore, (state) => state.status === 'ready');
  const live = useStore(libraryStore, (state) => runOf(state, focusStore.getState().runId)?.live ?? false);
  // Without the engine nothing is on its way; MapMessages says so.
  const asked = ready && live;
  const [title, detail] = MODE_TAGS[mode];
  const estimate = lostEstimated ? ', ≈ cell × share dropped' : lostStale ? ', of the budget before' : ', exact';
  const shown = mask === 'shown';
  const layer = useStore(focusStore, (state) => state.layer);
  const head = useStore(focusStore, (state) => state.head);
  const ghost = useStore(ghostStore, (state) => state.ghost);
  const preview = ghost && ghost.layer === layer && ghost.head === head && mode !== 'off' ? ghost.pattern : null;
  return (
    <>
      <div className="map-tags" style={{ left: x + 12, bottom: `calc(100% - ${y + side - 8}px)` }}>
        {title && shown && (
          <span className="tag">
            <b>{title}</b> {detail}
            {mode === 'dim' || mode === 'missed' ? estimate : ''}
          </span>
        )}
        {preview && (
          <span className="tag c-mask">
            <b>Preview</b> {patternText(preview)}, dashed, not applied
          </span>
        )}
        {asked && mask === 'pending' && <span className="tag">Mask: ranking columns and distances</span>}
        {asked && mask === 'failed' && (
          <span className="tag c-danger" title={maskError ?? undefined}>
            <b>No mask</b> {maskError}
          </span>
        )}
        {asked && coarse && <span className="tag">Sharper tiles on their way, {wholeNumber(cell)} tokens a cell</span>}
      </div>
      {mode === 'split' && shown && (
        <span className="tag map-tag" style={{ right: `calc(100% - ${x + side - 8}px)`, top: y + 8 }}>
          <b>Missed mass</b> mirrored at the diagonal{estimate}
        </span>
      )}
    </>
  );
}
