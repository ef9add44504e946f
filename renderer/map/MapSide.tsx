// Beside the picture, or above its diagonal where there is no room beside it: overview, colour ramps with their limits.
import { type PointerEvent, useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { preferencesStore } from '../state/preferences.ts';
import { centredOn, MAIN_VIEWPORT, setViewport, viewport, viewportsStore } from '../state/viewports.ts';
import { wholeNumber } from '../ui/numbers.ts';
import type { MapController } from './map_controller.ts';
import type { MapLayout } from './map_layout.ts';
import { showsLost } from './map_scene.ts';
import { mapStatusStore } from './map_status.ts';
import { ScaleLegend } from './ScaleLegend.tsx';
import { TopMissed } from './TopMissed.tsx';

const SMALL = 116;
/** Pairs listed below the ramps at most, a line's height, and what stands above them without the overview: CSS pixels. */
const MOST_LISTED = 10;
const LINE = 24;
const LEGENDS = 200;

export function MapSide({ layout: { x, y, side, column }, controller }: { layout: MapLayout; controller: MapController }) {
  const mode = useStore(preferencesStore, (state) => state.maskMode);
  const tokens = useStore(viewportsStore, (state) => state.tokens);
  const mask = useStore(mapStatusStore, (state) => state.mask);
  // Above the diagonal a split picture has no room for anything else.
  if (!column && (mode === 'split' || side < 320)) return null;
  const size = column ? column.width : SMALL;
  const style = column ? { left: column.x, top: 4, width: size } : { left: x + side - size - 12, top: y + 12, width: size };
  // What is left of the column below overview and ramps, in lines of its list.
  const listed = Math.min(MOST_LISTED, Math.floor((y + side - size - LEGENDS) / LINE));
  return (
    <div className="map-side" style={style}>
      <div className="blk">
        {column && (
          <h3>
            Overview <span>{wholeNumber(tokens)}²</span>
          </h3>
        )}
        <Minimap controller={controller} size={size} tokens={tokens} />
      </div>
      {(column || mode !== 'missed' || mask !== 'shown') && (
        <ScaleLegend map="attention" title="Attention" width={size} compact={!column} />
      )}
      {showsLost(mode) && mask === 'shown' && <ScaleLegend map="missed" title="Missed mass" width={size} compact />}
      {column && mask === 'shown' && listed > 0 && <TopMissed count={listed} />}
    </div>
  );
}

/** A press or drag moves the view there; the picture itself has the keys. */
function Minimap({ controller, size, tokens }: { controller: MapController; size: number; tokens: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    controller.setMinimap(canvas.current, frame.current);
    return () => controller.setMinimap(null, null);
  }, [controller]);
  // A canvas of another size has lost its picture.
  useEffect(() => {
    if (size > 0) controller.redraw();
  }, [controller, size]);
  const jump = (event: PointerEvent<HTMLCanvasElement>) => {
    event.stopPropagation();
    if (event.buttons === 0) return;
    const box = event.currentTarget.getBoundingClientRect();
    const q = ((event.clientY - box.top) / box.height) * tokens;
    const k = ((event.clientX - box.left) / box.width) * tokens;
    setViewport(MAIN_VIEWPORT, centredOn(viewport(), q, k));
  };
  return (
    <div className="minimap" style={{ width: size, height: size }}>
      <canvas
        ref={canvas}
        className="plate"
        role="img"
        aria-label="The whole matrix, with a frame around what is on screen"
        style={{ width: size, height: size }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          jump(event);
        }}
        onPointerMove={jump}
        onPointerUp={(event) => event.stopPropagation()}
      />
      <i ref={frame} className="minimap-frame" />
    </div>
  );
}
