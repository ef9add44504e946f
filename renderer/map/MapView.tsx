// The map of one head: toolbar, picture with axes and tracks, side column. Every state it can be in has its own words.
import './map.css';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import { focusStore, headName, showArea } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore } from '../state/preferences.ts';
import { MAIN_VIEWPORT } from '../state/viewports.ts';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { GoTo } from './GoTo.tsx';
import { listenToGestures } from './gestures.ts';
import { MapMessages } from './MapMessages.tsx';
import { MapSide } from './MapSide.tsx';
import { MapTags } from './MapTags.tsx';
import { MapToolbar } from './MapToolbar.tsx';
import { jumpTo, setMapOnScreen } from './map_actions.ts';
import { MapController } from './map_controller.ts';
import { makeGraphicsAhead } from './map_graphics.ts';
import { handleMapKey } from './map_keys.ts';
import type { MapLayout } from './map_layout.ts';

/** A run that was just opened is first looked at as an atlas. */
const AHEAD_MS = 800;

/** Once a run is on screen and its atlas too, makes ready what the first head would wait for. */
export function prepareMap(): void {
  const soon = () => setTimeout(makeGraphicsAhead, AHEAD_MS);
  if (focusStore.getState().runId !== null) {
    soon();
    return;
  }
  const stop = focusStore.subscribe(({ runId }) => {
    if (runId === null) return;
    stop();
    soon();
  });
}

export function MapView() {
  const runId = useStore(focusStore, (state) => state.runId);
  const layer = useStore(focusStore, (state) => state.layer);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const connected = useStore(connectionStore, (state) => state.status === 'ready');
  if (!run) {
    return (
      <div className="map">
        <EmptyState>
          {connected ? 'No run is open. Open or start one to see its maps.' : 'The engine is not connected, and no run is open.'}
        </EmptyState>
      </div>
    );
  }
  const captured = run.info.layersPresent.includes(layer);
  return (
    <div className="map">
      <MapToolbar info={run.info} />
      {captured ? (
        <Picture key={run.info.runId} />
      ) : (
        <EmptyState
          action={
            <Button look="secondary" onClick={() => showArea('atlas')}>
              Show the atlas
            </Button>
          }
        >
          Layer {layer} was not captured. This capture holds {listed(run.info.layersPresent)}.
        </EmptyState>
      )}
    </div>
  );
}

function listed(layers: readonly number[]): string {
  if (layers.length === 1) return `layer ${layers[0]}`;
  return layers.length <= 8 ? `layers ${layers.join(', ')}` : `${layers.length} layers, ${layers[0]} to ${layers.at(-1)}`;
}

function Picture() {
  const zone = useRef<HTMLDivElement>(null);
  const slot = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLCanvasElement>(null);
  const left = useRef<HTMLCanvasElement>(null);
  const cursor = useRef<HTMLCanvasElement>(null);
  const [controller, setController] = useState<MapController | null>(null);
  const [layout, setLayout] = useState<MapLayout | null>(null);
  const [going, setGoing] = useState(false);
  // A name, not the place: what hovers would render the map with every move.
  const name = useStore(focusStore, headName);

  useEffect(() => {
    if (!zone.current || !slot.current || !top.current || !left.current || !cursor.current) return;
    const element = zone.current;
    const made = new MapController(
      { zone: element, slot: slot.current, top: top.current, left: left.current, cursor: cursor.current },
      MAIN_VIEWPORT,
    );
    const laidOut = () => setLayout(made.layout);
    element.addEventListener('maplayout', laidOut);
    laidOut();
    setController(made);
    setMapOnScreen(made);
    const image = made.canvas;
    image.className = 'map-picture';
    image.setAttribute('role', 'img');
    const stopGestures = listenToGestures(
      element,
      MAIN_VIEWPORT,
      { rect: () => image.getBoundingClientRect(), mirrored: () => preferencesStore.getState().maskMode === 'split' },
      () => element.focus({ preventScroll: true }),
    );
    return () => {
      element.removeEventListener('maplayout', laidOut);
      stopGestures();
      made.stop();
      setMapOnScreen(null);
      setController(null);
    };
  }, []);

  useEffect(() => controller?.canvas.setAttribute('aria-label', `Attention of ${name}`), [controller, name]);

  return (
    <div
      ref={zone}
      className="mapzone"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes keys of its own
      tabIndex={0}
      data-region="picture"
      aria-roledescription="attention map"
      aria-label={`Attention map, ${name}. Arrows move, plus and minus zoom, 0 shows all, G goes to a position, H reads the cell out.`}
      onKeyDown={(event) => handleMapKey(event, () => setGoing(true))}
    >
      <div ref={slot} className="map-slot" />
      <div className="map-over" aria-hidden="true">
        <canvas ref={top} />
        <canvas ref={left} />
        <canvas ref={cursor} hidden />
      </div>
      {layout && <MapTags layout={layout} />}
      {layout && controller && <MapSide layout={layout} controller={controller} />}
      {layout && <MapMessages layout={layout} />}
      {going && (
        <GoTo
          onGo={({ q, k }) => {
            setGoing(false);
            jumpTo(q, k);
            zone.current?.focus();
          }}
          onClose={() => {
            setGoing(false);
            zone.current?.focus();
          }}
        />
      )}
    </div>
  );
}
