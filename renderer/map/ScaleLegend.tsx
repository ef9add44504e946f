// A colour ramp with the values at its ends. The attention ramp's ends can be moved; a double click gives them back to the data.
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { topLevel } from '../tiles/pyramid.ts';
import { codeOctaves } from '../tiles/tile.ts';
import { attentionMap, type ColourMap, colourTable, TABLE_STEPS } from '../ui/colour_maps.ts';
import { Exponents } from '../ui/Exponents.tsx';
import { paintingOn } from '../ui/painting.ts';
import { themeStore } from '../ui/theme.ts';
import type { Octaves } from './map_renderer.ts';
import { mapStatusStore } from './map_status.ts';
import { mapTiles } from './map_tiles.ts';
import { octaveText } from './scale_limits.ts';

const RAMP_HEIGHT = 8;
const HISTOGRAM_HEIGHT = 28;
const LOWEST = -60;
const HIGHEST = 24;

export interface ScaleLegendProps {
  map: Extract<ColourMap, 'attention' | 'missed'>;
  title: string;
  width: number;
  /** The ramp alone. */
  compact: boolean;
}

export function ScaleLegend({ map, title, width, compact }: ScaleLegendProps) {
  const limits = useStore(mapStatusStore, (state) => (map === 'attention' ? state.limits : state.lostLimits));
  const counted = useStore(mapStatusStore, (state) => map === 'attention' || state.lostLimitsCounted);
  const aggregate = useStore(preferencesStore, (state) => state.aggregate);
  const which = map === 'attention' ? aggregate : 'missed';
  const set = useStore(preferencesStore, (state) => state.scaleLimits[which]);
  const colours = useStore(preferencesStore, (state) => attentionMap(state.colourMap));
  if (!limits) return null;
  const change = (next: Octaves | null) => setPreferences({ scaleLimits: { ...preferencesStore.getState().scaleLimits, [which]: next } });
  return (
    <div className="blk">
      <h3>
        {title} <span>{which === 'max' ? 'max' : 'mass'}, log₂</span>
      </h3>
      {!compact && <Histogram width={width} limits={limits} />}
      <Ramp map={map === 'attention' ? colours : map} width={width} onReset={() => change(null)} />
      <div className="lim">
        <End
          name={`${title}, lower end`}
          about={counted ? '' : '≈ '}
          value={limits.low}
          most={limits.high - 1}
          least={LOWEST}
          onChange={(low) => change({ low, high: limits.high })}
          onReset={() => change(null)}
        />
        {set && (
          <button type="button" className="btn btn--link btn--sm" onClick={() => change(null)}>
            Reset
          </button>
        )}
        <End
          name={`${title}, upper end`}
          about={counted ? '' : '≈ '}
          value={limits.high}
          most={HIGHEST}
          least={limits.low + 1}
          onChange={(high) => change({ low: limits.low, high })}
          onReset={() => change(null)}
        />
      </div>
    </div>
  );
}

interface EndProps {
  name: string;
  /** What stands before the number. */
  about: string;
  value: number;
  least: number;
  most: number;
  onChange: (octave: number) => void;
  onReset: () => void;
}

/** Drag sideways or use the arrows: one octave a step. */
function End({ name, about, value, least, most, onChange, onReset }: EndProps) {
  const drag = useRef<{ x: number; value: number } | null>(null);
  const to = (octave: number) => {
    const next = Math.min(most, Math.max(least, Math.round(octave)));
    if (next !== value) onChange(next);
  };
  return (
    <span
      className="scale-end"
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-valuenow={value}
      aria-valuemin={least}
      aria-valuemax={most}
      aria-valuetext={`2 to the ${value}`}
      title="Drag, or arrow keys; a double click gives it back to the data"
      onDoubleClick={onReset}
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        to(value + step);
      }}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, value };
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (drag.current) to(drag.current.value + (event.clientX - drag.current.x) / 8);
      }}
      onPointerUp={() => {
        drag.current = null;
      }}
      onPointerCancel={() => {
        drag.current = null;
      }}
    >
      {about}
      <Exponents text={octaveText(value)} />
    </span>
  );
}

function Ramp({ map, width, onReset }: { map: ColourMap; width: number; onReset: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useStore(themeStore, (state) => state.theme);
  useEffect(() => {
    const element = canvas.current;
    const g = element && paintingOn(element);
    if (!element || !g) return;
    element.width = TABLE_STEPS;
    element.height = 1;
    const image = new ImageData(TABLE_STEPS, 1);
    image.data.set(colourTable(map, theme));
    g.putImageData(image, 0, 0);
  }, [map, theme]);
  return (
    <div className="ramp" aria-hidden="true" style={{ width, height: RAMP_HEIGHT }} onDoubleClick={onReset}>
      <canvas ref={canvas} />
    </div>
  );
}

/** How many cells of the whole head lie where on the scale. */
function Histogram({ width, limits }: { width: number; limits: Octaves }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const counts = useStore(mapStatusStore, (state) => state.histogram);
  const theme = useStore(themeStore, (state) => state.theme);
  useEffect(() => {
    const element = canvas.current;
    const g = element && paintingOn(element);
    if (!element || !g || !counts) return;
    const { runId, layer, head } = focusStore.getState();
    const run = runOf(libraryStore.getState(), runId);
    const top = run && mapTiles().tile({ runId: run.info.runId, layer, head }, { level: topLevel(run.info.rows), y: 0, x: 0 });
    if (!top) return;
    const ratio = window.devicePixelRatio;
    element.width = Math.round(width * ratio);
    element.height = Math.round(HISTOGRAM_HEIGHT * ratio);
    const { aggregate } = preferencesStore.getState();
    const bins = new Float64Array(Math.ceil(width / 2));
    const scale = top.scale[aggregate];
    const place = (octaves: number) => Math.min(1, Math.max(0, (octaves - limits.low) / (limits.high - limits.low))) * (bins.length - 1e-9);
    // A code stands for the octaves half way to its neighbours: where codes are wider than bars, each bar gets its part.
    const half = (scale.high - scale.low) / 508;
    for (let code = 1; code < 256; code += 1) {
      const octaves = codeOctaves(code, scale);
      const [from, to] = [place(octaves - half), place(octaves + half)];
      for (let bin = Math.floor(from); bin <= Math.floor(to); bin += 1) {
        const part = to > from ? (Math.min(to, bin + 1) - Math.max(from, bin)) / (to - from) : 1;
        bins[bin] = (bins[bin] ?? 0) + part * (counts[code] ?? 0);
      }
    }
    const most = Math.log1p(Math.max(...bins, 1));
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    // The theme's ink is in the style sheet by the time an effect runs.
    g.fillStyle = theme && getComputedStyle(element).getPropertyValue('--control');
    bins.forEach((count, bin) => {
      const height = (Math.log1p(count) / most) * (HISTOGRAM_HEIGHT - 2);
      g.fillRect(bin * 2, HISTOGRAM_HEIGHT - height, 2, height);
    });
  }, [counts, limits, width, theme]);
  return (
    <div className="histogram" aria-hidden="true" style={{ width, height: HISTOGRAM_HEIGHT }}>
      <canvas ref={canvas} />
    </div>
  );
}
