// The atlas: every head of the run under the current config, coloured by what it loses.
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { openNewRun } from '../library/library_dialogs.ts';
import { configStore, entryOf } from '../state/config_document.ts';
import { preferencesStore } from '../state/preferences.ts';
import { selectionStore } from '../state/selection.ts';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { ORIGIN_WORDS } from '../ui/pattern_words.ts';
import { Segmented } from '../ui/Segmented.tsx';
import { themeStore } from '../ui/theme.ts';
import { AtlasFacts } from './AtlasFacts.tsx';
import { AtlasGrid, type ShownCell } from './AtlasGrid.tsx';
import { AtlasLegend } from './AtlasLegend.tsx';
import { type AtlasOrder, type ColourBy, factsOf, headKey, layerMeans, orderHeads, ranksOf } from './atlas_heads.ts';
import { colourScale } from './colour_scale.ts';
import { HoverCard } from './HoverCard.tsx';
import { cellLayout, thumbnailLayout } from './layout.ts';
import { MeasureFailure, MeasureState } from './MeasureState.tsx';
import { useAtlasHeads, useCurrentRun } from './use_atlas_heads.ts';
import { useThumbnails } from './use_thumbnails.ts';
import './atlas.css';

const CARD_DELAY_MS = 120;
/** Pixels of the widest scrollbar. */
const SCROLLBAR = 15;

/** `onNewRun`: the one action of the state without a run. */
export function AtlasView({ onNewRun = openNewRun }: { onNewRun?: () => void }) {
  const run = useCurrentRun();
  const heads = useAtlasHeads(run);
  const theme = useStore(themeStore, (state) => state.theme);
  const target = useStore(preferencesStore, (state) => state.target);
  const selected = useStore(selectionStore, (state) => state.heads);
  const thumbnails = useThumbnails(run);
  const [by, setBy] = useState<ColourBy>('missed');
  const [order, setOrder] = useState<AtlasOrder>('grid');
  const [cells, setCells] = useState<'cells' | 'thumbnails'>('cells');
  const [card, setCard] = useState<ShownCell | null>(null);

  const zone = useRef<HTMLDivElement>(null);
  /** Of what the heads are laid out in. */
  const [size, setSize] = useState({ width: 840, height: 664 });
  const hasRun = run !== null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the zone is there once a run is.
  useLayoutEffect(() => {
    const element = zone.current;
    if (!element) return;
    const legend = element.querySelector<HTMLElement>('.atlas-legend');
    const look = () => {
      const { clientWidth: width, clientHeight } = element;
      const height = clientHeight - (legend?.offsetHeight ?? 0);
      // jsdom lays nothing out; the first size stands there.
      if (width > 0) setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    look();
    if (typeof ResizeObserver === 'undefined') return;
    const observer = new ResizeObserver(look);
    for (const part of [element, legend]) if (part) observer.observe(part);
    return () => observer.disconnect();
  }, [hasRun]);

  const ordered = useMemo(() => orderHeads(heads, order), [heads, order]);
  const ranks = useMemo(() => ranksOf(heads), [heads]);
  const facts = useMemo(() => factsOf(heads, target), [heads, target]);
  const scale = useMemo(() => colourScale(by, heads, target, theme), [by, heads, target, theme]);
  const means = useMemo(() => layerMeans(heads, run?.info.layers ?? 0, by), [heads, run, by]);
  const byLayer = order === 'grid';
  const layout = useMemo(() => {
    const shape = {
      cells: heads.length,
      heads: run?.info.heads ?? 1,
      groupSize: run ? Math.floor(run.info.heads / run.info.kvHeads) : 1,
      byLayer,
    };
    const within = (width: number) => (cells === 'cells' ? cellLayout(shape, width, size.height) : thumbnailLayout(shape, width));
    const whole = within(size.width);
    // What scrolls down must not scroll sideways for its scrollbar's sake.
    return whole.height > size.height ? within(size.width - SCROLLBAR) : whole;
  }, [heads.length, run, byLayer, cells, size]);

  // The card opens after a moment over a cell and leaves at once.
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const showCard = useCallback((shown: ShownCell | null) => {
    clearTimeout(timer.current);
    if (shown) timer.current = setTimeout(() => setCard(shown), CARD_DELAY_MS);
    else setCard(null);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  // Another order or size puts other heads under the same place.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what it reacts to, not what it reads.
  useEffect(() => setCard(null), [order, cells, size]);

  const cardHead = card ? ordered[card.index] : undefined;
  const { want } = thumbnails;
  useEffect(() => {
    if (cardHead?.captured && cells === 'cells') want([cardHead]);
  }, [want, cardHead, cells]);

  if (!run) {
    return (
      <section className="atlas" aria-label="Atlas">
        <EmptyState
          action={
            <Button look="primary" onClick={() => onNewRun()}>
              New run
            </Button>
          }
        >
          No run is open. The atlas shows every head of a run: what it keeps, and what it loses.
        </EmptyState>
      </section>
    );
  }
  return (
    <section
      className="atlas"
      aria-label="Atlas"
      aria-busy={cells === 'thumbnails' && thumbnails.busy}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !card) return;
        setCard(null);
        event.stopPropagation();
      }}
    >
      <div className="toolbar">
        <span className="t3 atlas-wide">Colour</span>
        <Segmented
          label="Colour by"
          value={by}
          onChange={setBy}
          options={[
            { value: 'missed', label: 'Missed mass' },
            { value: 'recall', label: 'Recall' },
            { value: 'tiles', label: 'Tiles' },
            { value: 'score', label: 'Score' },
            { value: 'pattern', label: 'Pattern' },
          ]}
        />
        <span className="vr" />
        <span className="t3 atlas-wide">Order</span>
        <Segmented
          label="Order"
          value={order}
          onChange={setOrder}
          options={[
            { value: 'grid', label: 'Layer × head' },
            { value: 'worst', label: 'Worst first' },
          ]}
        />
        <span className="grow" />
        <MeasureState runId={run.info.runId} live={run.live} stale={facts.stale} />
        <Segmented
          label="Show"
          value={cells}
          onChange={setCells}
          options={[
            { value: 'cells', label: 'Cells' },
            { value: 'thumbnails', label: 'Thumbnails' },
          ]}
        />
      </div>
      <AtlasFacts run={run} facts={facts} target={target} />
      <MeasureFailure runId={run.info.runId} />
      <div className="atlas-zone" ref={zone}>
        <AtlasGrid
          key={run.info.runId}
          heads={ordered}
          layout={layout}
          scale={scale}
          theme={theme}
          byLayer={byLayer}
          means={means}
          selected={selected}
          thumbnails={thumbnails}
          showThumbnails={cells === 'thumbnails'}
          onShow={showCard}
        />
        <AtlasLegend scale={scale} facts={facts} thumbnails={cells === 'thumbnails'} />
        {card && cardHead && (
          <HoverCard
            head={cardHead}
            rank={ranks.get(headKey(cardHead)) ?? null}
            ranked={ranks.size}
            origin={originWord(cardHead)}
            cell={card.box}
            zone={size}
            thumbnails={thumbnails}
            theme={theme}
          />
        )}
      </div>
    </section>
  );
}

function originWord(place: { layer: number; head: number }): string | null {
  const entry = entryOf(configStore.getState(), place);
  return entry ? ORIGIN_WORDS[entry.origin] : null;
}
